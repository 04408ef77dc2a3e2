use crate::Reader;

impl<'i> Reader<'i> {
    /// Passes over the siblings that follow as long as they stand there as `<name>text</name>` to the byte, with a
    /// text that `take` accepts; it is given the raw text, references and all, and nothing it refuses is passed over.
    ///
    /// To be called only behind the end of such a sibling that was read in full, without prefix and attributes
    /// ([`Element::is_bare`](crate::Element::is_bare)): what is written alike in the same place means the same.
    ///
    /// This is the one place that looks at bytes beside the parser. A scan names up to 100,000 revisions, and reading
    /// each as three events was more than half of what the server spent on it (`docs/benchmarks.md`).
    pub fn plain_siblings(&mut self, name: &str, mut take: impl FnMut(&'i str) -> bool) {
        let rest = self.rest();
        let mut passed = 0;
        while self.elements_left() {
            let Some((text, length)) = plain_sibling(rest.get(passed..).unwrap_or_default(), name) else { break };
            if !take(text) {
                break;
            }
            passed += length;
            self.count_element();
        }
        self.pass_over(passed);
    }
}

/// The text of the element `<name>text</name>` that `rest` begins with, and the element's length.
fn plain_sibling<'i>(rest: &'i str, name: &str) -> Option<(&'i str, usize)> {
    let inside = rest.strip_prefix('<')?.strip_prefix(name)?.strip_prefix('>')?;
    let text = inside.get(..inside.bytes().position(|byte| byte == b'<')?)?;
    let behind = inside.get(text.len()..)?.strip_prefix("</")?.strip_prefix(name)?.strip_prefix('>')?;
    Some((text, rest.len() - behind.len()))
}

#[cfg(test)]
mod tests {
    use crate::{Event, Fault, Limits, Reader};

    const LIMITS: Limits = Limits { bytes: 10_000, depth: 8, elements: 20, attributes: 8, namespaces: 8 };

    /// The numbers in a list, the first read in full and as many behind it as pass.
    fn read(text: &str) -> Result<(Vec<i32>, usize), Fault> {
        let mut reader = Reader::new(text, &LIMITS).map_err(|error| error.fault)?;
        let (mut numbers, mut in_full) = (Vec::new(), 0);
        loop {
            match reader.next().map_err(|error| error.fault)? {
                Event::Start(element) if element.name() == "int" => {
                    let bare = element.is_bare();
                    numbers.push(reader.text().map_err(|error| error.fault)?.trim().parse().unwrap());
                    in_full += 1;
                    if bare {
                        reader.plain_siblings("int", |text| {
                            text.parse().is_ok_and(|number| {
                                numbers.push(number);
                                true
                            })
                        });
                    }
                }
                Event::Eof => return Ok((numbers, in_full)),
                _ => {}
            }
        }
    }

    #[test]
    fn siblings_written_alike_are_read_at_once_and_others_in_full() {
        assert_eq!(read("<a><int>1</int><int>2</int><int>3</int></a>"), Ok((vec![1, 2, 3], 1)));
        assert_eq!(read("<a><int>1</int><int> 2</int><int>3</int></a>"), Ok((vec![1, 2, 3], 2)));
        assert_eq!(read("<a><int>1</int>\n<int>2</int></a>"), Ok((vec![1, 2], 2)));
        assert_eq!(read("<a><int>1</int><int>&#50;</int><int >3</int></a>"), Ok((vec![1, 2, 3], 3)));
        assert_eq!(read("<a><int x='1'>1</int><int>2</int><b/><int>3</int></a>"), Ok((vec![1, 2, 3], 3)));
        assert_eq!(read("<a xmlns='u'><int>1</int><int>2</int></a>"), Ok((vec![1, 2], 1)));
    }

    #[test]
    fn the_limits_hold_and_what_is_broken_is_found() {
        let many = format!("<a>{}</a>", "<int>1</int>".repeat(20));
        assert_eq!(read(&many), Err(Fault::TooMuch { what: "elements", limit: 20 }));
        let cut = "<a><int>1</int><int>2</int><int>3";
        assert!(matches!(read(cut), Err(Fault::Malformed(_) | Fault::Truncated)));
        assert!(matches!(read("<a><int>1</int><int>2</itn></a>"), Err(Fault::Malformed(_))));
    }

    #[test]
    fn a_fault_behind_them_names_its_place() {
        let text = "<a><int>1</int><int>2</int><int>3</int>&nope;</a>";
        let mut reader = Reader::new(text, &LIMITS).unwrap();
        assert!(matches!(reader.next(), Ok(Event::Start(_))));
        assert!(matches!(reader.next(), Ok(Event::Start(_))));
        reader.text().unwrap();
        reader.plain_siblings("int", |_| true);
        let error = reader.next().unwrap_err();
        assert_eq!((error.line, error.column), (1, 46));
    }
}
