use std::io;

/// Most bytes of a line that says how long a chunk is.
const LINE_BYTES_MAX: usize = 256;

/// Takes a body apart that comes in chunks (RFC 9112, 7.1), in whatever pieces it is read.
#[derive(Debug, Default)]
pub(crate) struct Chunked {
    /// What is left of the current chunk.
    left: usize,
    /// The line that is being read, between chunks.
    line: Vec<u8>,
    is_last: bool,
}

impl Chunked {
    /// Takes the next bytes and hands over those of the body; true if that was all of it.
    pub(crate) fn take(&mut self, mut bytes: &[u8], mut body: impl FnMut(&[u8])) -> io::Result<bool> {
        while let Some(next) = bytes.first() {
            if self.left > 0 {
                let (now, later) = bytes.split_at(self.left.min(bytes.len()));
                body(now);
                self.left -= now.len();
                bytes = later;
                continue;
            }
            self.line.push(*next);
            bytes = &bytes[1..];
            if self.line.ends_with(b"\r\n") && self.ends_with_line()? {
                return if bytes.is_empty() { Ok(true) } else { Err(invalid("there is more behind the last chunk")) };
            }
            if self.line.len() > LINE_BYTES_MAX {
                return Err(invalid("the length of a chunk does not end"));
            }
        }
        Ok(false)
    }

    /// The line is a chunk's length, empty behind a chunk, or a trailer; true if the body ends with it.
    fn ends_with_line(&mut self) -> io::Result<bool> {
        let line = std::mem::take(&mut self.line);
        let line = std::str::from_utf8(&line).map_err(|_| invalid("the length of a chunk is not text"))?.trim_end();
        if self.is_last {
            return Ok(line.is_empty());
        }
        if !line.is_empty() {
            let length = line.split(';').next().unwrap_or_default().trim();
            self.left = usize::from_str_radix(length, 16).map_err(|_| invalid("the length of a chunk is no number"))?;
            self.is_last = self.left == 0;
        }
        Ok(false)
    }
}

fn invalid(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_put_together_however_they_are_cut() {
        let sent = b"5\r\nfirst\r\nB;name=value\r\n and \r\nmore\r\n0\r\nTrailer: 1\r\n\r\n";
        for piece in 1..=sent.len() {
            let (mut chunked, mut body, mut is_all) = (Chunked::default(), Vec::new(), false);
            for bytes in sent.chunks(piece) {
                assert!(!is_all);
                is_all = chunked.take(bytes, |bytes| body.extend_from_slice(bytes)).unwrap();
            }
            assert!(is_all);
            assert_eq!(body, b"first and \r\nmore");
        }
    }

    #[test]
    fn what_is_no_chunk_is_an_error() {
        for sent in [&b"five\r\n"[..], b"0\r\n\r\nmore", &[b'0'; LINE_BYTES_MAX + 1]] {
            assert!(Chunked::default().take(sent, |_| ()).is_err());
        }
    }
}
