use xml::{escape_attribute, escape_text};

/// Writes elements the way native's fragments are written: no white space, `<Name attr="…" />` when empty.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    text: String,
    /// Where the name of each open element stands in `text`, so that no name is copied.
    open: Vec<(usize, usize)>,
    /// The innermost start tag still lacks its `>`.
    in_tag: bool,
    /// Names of rules get the prefix of their class, which only core fragments have.
    has_classes: bool,
}

impl Writer {
    /// Continues the core fragment `text`.
    pub(crate) fn core(text: String) -> Self {
        Self { text, has_classes: true, ..Self::default() }
    }

    /// Continues the fragment `text` of another kind.
    pub(crate) fn extended(text: String) -> Self {
        Self { text, ..Self::default() }
    }

    pub(crate) fn has_classes(&self) -> bool {
        self.has_classes
    }

    /// What has been written.
    pub(crate) fn into_text(self) -> String {
        self.text
    }

    /// Where the start tag of the innermost open element begins.
    pub(crate) fn opened_at(&self) -> Option<usize> {
        self.open.last().map(|(name_from, _)| name_from - 1)
    }

    /// What has been written from `at` on.
    pub(crate) fn written_from(&self, at: usize) -> Option<&str> {
        self.text.get(at..)
    }

    pub(crate) fn open(&mut self, prefix: &str, name: &str) {
        self.end_tag();
        self.text.push('<');
        let from = self.text.len();
        self.text.push_str(prefix);
        self.text.push_str(name);
        self.open.push((from, self.text.len()));
        self.in_tag = true;
    }

    pub(crate) fn attribute(&mut self, name: &str, value: &str) {
        self.text.push(' ');
        self.text.push_str(name);
        self.text.push_str("=\"");
        escape_attribute(&mut self.text, value);
        self.text.push('"');
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.end_tag();
        escape_text(&mut self.text, text);
    }

    pub(crate) fn close(&mut self) {
        let Some((from, to)) = self.open.pop() else { return };
        if std::mem::take(&mut self.in_tag) {
            self.text.push_str(" />");
        } else {
            self.text.push_str("</");
            self.text.extend_from_within(from..to);
            self.text.push('>');
        }
    }

    fn end_tag(&mut self) {
        if std::mem::take(&mut self.in_tag) {
            self.text.push('>');
        }
    }
}
