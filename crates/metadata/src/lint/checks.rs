use model::UpdateType;

use super::places::Places;
use super::{FINDINGS_MAX, Finding, Severity};
use crate::document::{Document, Handler, PublicationState};
use crate::error::place;
use crate::rules::Expression;

/// What has been found so far.
pub(super) struct Findings<'a> {
    pub(super) name: &'a str,
    pub(super) text: &'a str,
    pub(super) places: &'a Places,
    pub(super) found: Vec<Finding>,
    /// Findings beyond [`FINDINGS_MAX`].
    pub(super) more: usize,
}

impl Findings<'_> {
    fn error(&mut self, at: (&str, usize), what: impl Into<String>, remedy: &str) {
        self.add(Severity::Error, at, what.into(), remedy);
    }

    fn warning(&mut self, at: (&str, usize), what: impl Into<String>, remedy: &str) {
        self.add(Severity::Warning, at, what.into(), remedy);
    }

    fn add(&mut self, severity: Severity, (element, index): (&str, usize), what: String, remedy: &str) {
        if self.found.len() == FINDINGS_MAX {
            self.more += 1;
            return;
        }
        let (line, column) = place(self.text, self.places.offset(element, index));
        let (name, remedy) = (self.name.to_owned(), remedy.to_owned());
        self.found.push(Finding { severity, name, line, column, what, remedy });
    }
}

pub(super) fn check(document: &Document, findings: &mut Findings<'_>) {
    check_texts(document, findings);
    check_properties(document, findings);
    check_relations(document, findings);
    check_rules(document, findings);
    check_files(document, findings);
    check_handler(document, findings);
}

fn check_texts(document: &Document, findings: &mut Findings<'_>) {
    let place = ("LocalizedPropertiesCollection", 0);
    if document.localized.is_empty() {
        findings.warning(place, "the update has no title in any language", "add LocalizedProperties with a Title");
        return;
    }
    for localized in &document.localized {
        if localized.title.is_empty() {
            let what = format!("the update has no title in language {}", localized.language);
            findings.warning(place, what, "add a Title to its LocalizedProperties");
        }
    }
    if let Some(default) = &document.properties.default_language
        && !document.localized.iter().any(|localized| localized.language.eq_ignore_ascii_case(default))
    {
        let what = format!("there are no texts in the default language {default}");
        findings.warning(place, what, "add them, or name a language that is there");
    }
}

fn check_properties(document: &Document, findings: &mut Findings<'_>) {
    let place = ("Properties", 0);
    match &document.properties.publication_state {
        Some(PublicationState::Expired) => {
            findings.warning(
                place,
                "the revision is expired",
                "do not approve it; look for the update that replaces it",
            );
        }
        Some(PublicationState::Other(state)) => {
            let what = format!("the publication state {state:?} is unknown");
            findings.warning(place, what, "use Published or Expired");
        }
        Some(PublicationState::Published) | None => {}
    }
    let is_bundle = !document.relations.bundled.is_empty();
    if document.update_type == UpdateType::Driver && document.drivers.is_empty() && !is_bundle {
        findings.error(place, "the driver matches no hardware id", "add WindowsDriverMetaData to its rules");
    }
}

fn check_relations(document: &Document, findings: &mut Findings<'_>) {
    let (own, relations) = (document.identity.update_id, &document.relations);
    if relations.superseded.contains(&own) {
        findings.error(
            ("SupersededUpdates", 0),
            "the update supersedes itself",
            "remove its own id from SupersededUpdates",
        );
    }
    if relations.bundled.iter().flat_map(|bundle| &bundle.members).any(|member| member.update_id == own) {
        let what = "the update bundles another revision of itself";
        findings.error(("UpdateIdentity", 0), what, "remove its own id from BundledUpdates");
    }
    let empty = relations.prerequisites.iter().filter(|clause| clause.members.is_empty()).count();
    if empty > 0 {
        let what = format!("{empty} prerequisite clauses have no member and can never be met");
        findings.error(("AtLeastOne", 0), what, "name at least one update in each AtLeastOne");
    }
    if !relations.bundled.is_empty() && !document.files.is_empty() {
        let remedy = "move the files to a bundled update";
        findings.warning(("File", 0), "the bundle has files of its own, which no agent fetches", remedy);
    }
}

fn check_rules(document: &Document, findings: &mut Findings<'_>) {
    let place = ("ApplicabilityRules", 0);
    let rules = &document.rules;
    let is_leaf_software = matches!(document.update_type, UpdateType::Software | UpdateType::Driver)
        && document.relations.bundled.is_empty();
    if is_leaf_software && rules.is_installable.is_none() {
        findings.warning(place, "there is no IsInstallable rule, so no computer is offered it", "add the rule");
    }
    if document.relations.bundled.is_empty() && rules.is_installed.is_none() {
        findings.warning(place, "there is no IsInstalled rule, so it never counts as installed", "add the rule");
    }
    for name in &rules.metadata.unknown {
        let what = format!("rule metadata {name} is unknown and passed over");
        findings.warning(place, what, "agents may know it; nothing to do");
    }
    let mut pending: Vec<&Expression> = rules.sections().collect();
    while let Some(expression) = pending.pop() {
        check_expression(expression, place, findings);
        pending.extend(expression.operands());
    }
}

fn check_expression(expression: &Expression, place: (&str, usize), findings: &mut Findings<'_>) {
    match expression {
        Expression::And(operands) if operands.is_empty() => {
            findings.error(place, "an And has no operand and is unknown everywhere", "give it operands, or remove it");
        }
        Expression::Or(operands) if operands.is_empty() => {
            findings.error(place, "an Or has no operand and is unknown everywhere", "give it operands, or remove it");
        }
        Expression::Not(operands) if operands.len() != 1 => {
            let what = format!("a Not has {} operands and is unknown everywhere", operands.len());
            findings.error(place, what, "give it exactly one operand");
        }
        Expression::Opaque(opaque) => match &opaque.fault {
            Some(fault) => {
                let what = format!("a rule is unknown everywhere: {fault}");
                findings.error(place, what, "correct it, or ask the publisher for a new revision");
            }
            None => {
                let what = format!("the expression {} is unknown", opaque.element.name);
                findings.warning(place, what, "agents may know it; reports may show the state as unknown");
            }
        },
        _ => {}
    }
}

fn check_files(document: &Document, findings: &mut Findings<'_>) {
    for (index, file) in document.files.iter().enumerate() {
        if file.sha256.is_none() {
            let what = format!("file {} has no SHA-256 digest", file.name);
            let remedy = "add an AdditionalDigest; agents since Windows 8 refuse the file without";
            findings.warning(("File", index), what, remedy);
        }
    }
    let Some(max) = document.properties.max_download_size else { return };
    let largest = document.files.iter().map(|file| file.size).max();
    let sum = document.files.iter().fold(0_u64, |sum, file| sum.saturating_add(file.size));
    if let Some(largest) = largest
        && !(largest..=sum).contains(&max)
    {
        let what = format!("MaxDownloadSize is {max}, the files are {largest} (largest) to {sum} (all) bytes");
        findings.warning(("Properties", 0), what, "correct MaxDownloadSize, or the sizes of the files");
    }
    if document.properties.min_download_size.is_some_and(|min| min > max) {
        let what = "MinDownloadSize is larger than MaxDownloadSize";
        findings.warning(("Properties", 0), what, "correct one of them");
    }
}

fn check_handler(document: &Document, findings: &mut Findings<'_>) {
    let place = ("HandlerSpecificData", 0);
    match &document.handler {
        Some(Handler::Unknown(tree)) => {
            let what = format!("the handler {} is unknown", tree.attribute("type").unwrap_or("without a type"));
            findings.warning(place, what, "agents that know it install the update all the same");
        }
        Some(Handler::CommandLine(data)) => {
            let program = data.install.as_ref().map(|command| command.program.as_str());
            match program {
                None => findings.error(place, "the handler has no InstallCommand", "add one"),
                Some(program) => check_program(document, program, place, findings),
            }
        }
        Some(_) => {}
        None if document.update_type == UpdateType::Software && !document.files.is_empty() => {
            findings.error(("File", 0), "there are files, but no handler to install them", "add HandlerSpecificData");
        }
        None => {}
    }
    if document.update_type == UpdateType::Category && !matches!(document.handler, Some(Handler::Category(_))) {
        let remedy = "add HandlerSpecificData of type Category";
        findings.warning(place, "the category does not say what kind it is", remedy);
    }
}

fn check_program(document: &Document, program: &str, place: (&str, usize), findings: &mut Findings<'_>) {
    let held = document.files.iter().any(|file| file.name.as_str().eq_ignore_ascii_case(program));
    // A program may also be inside of a cabinet.
    let has_cabinet = document.files.iter().any(|file| file.name.extension().as_deref() == Some("cab"));
    if !held && !has_cabinet {
        let what = format!("the program {program} is not among the files");
        findings.warning(place, what, "name a file of the update");
    }
}
