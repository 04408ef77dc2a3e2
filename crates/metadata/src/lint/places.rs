use xml::{Event, Reader};

use crate::limits::LIMITS;

/// Where the elements of a document are, as offsets behind their start tags.
#[derive(Default)]
pub(super) struct Places {
    found: Vec<(&'static str, usize)>,
}

/// The elements findings point at.
const POINTED_AT: [&str; 9] = [
    "Update",
    "UpdateIdentity",
    "Properties",
    "LocalizedPropertiesCollection",
    "SupersededUpdates",
    "AtLeastOne",
    "ApplicabilityRules",
    "File",
    "HandlerSpecificData",
];

impl Places {
    /// Goes through a document that is known to be readable.
    pub(super) fn of(text: &str) -> Self {
        let mut places = Self::default();
        let Ok(mut reader) = Reader::new(text, &LIMITS) else { return places };
        loop {
            match reader.next() {
                Ok(Event::Start(element)) => {
                    if let Some(name) = POINTED_AT.into_iter().find(|name| *name == element.name()) {
                        places.found.push((name, element.offset()));
                    }
                }
                Ok(Event::Eof) | Err(_) => return places,
                Ok(Event::End | Event::Text(_)) => {}
            }
        }
    }

    /// Behind the start tag of the `index`th element `name`; the first element's if there is none.
    pub(super) fn offset(&self, name: &str, index: usize) -> usize {
        let mut named = self.found.iter().filter(|(candidate, _)| *candidate == name);
        named.nth(index).or_else(|| self.found.first()).map_or(0, |(_, offset)| *offset)
    }
}
