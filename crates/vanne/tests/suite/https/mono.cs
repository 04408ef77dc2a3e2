using System;
using System.IO;
using System.Net;

// Prints what is at an address, or why nothing is.
static class Get
{
    static int Main(string[] addresses)
    {
        try
        {
            using (var answer = WebRequest.Create(addresses[0]).GetResponse())
            using (var text = new StreamReader(answer.GetResponseStream()))
                Console.WriteLine(text.ReadToEnd());
            return 0;
        }
        catch (Exception error)
        {
            Console.WriteLine(error);
            return 1;
        }
    }
}
