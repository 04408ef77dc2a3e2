# A document that cannot be true is refused by name and reason; what came with it is taken.

$ vanne serve
listening http://[..]
! a broken document arrives
$ vanne catalog import more
Documents            Number
added, detectoid     1
unchanged            0
refused              1
content files added  0 (0 B)
refused more/broken.xml: file without digest.exe has no digest at line 1, column 1250; give the SHA-1 of the file in base64 as Digest and its SHA-256 as AdditionalDigest
[exit 3]
$ vanne updates --all
Update                                    Kind       KB  Decision  Title
2d02141e-4944-5861-b280-f19362790584/100  detectoid      -         A good one
$ vanne catalog import more
Documents            Number
unchanged            1
refused              1
content files added  0 (0 B)
refused more/broken.xml: file without digest.exe has no digest at line 1, column 1250; give the SHA-1 of the file in base64 as Digest and its SHA-256 as AdditionalDigest
[exit 3]
