//! The report as JUnit XML, which CI systems read: a suite an operation, a test a case.

use std::io;

use quick_xml::{
    Writer,
    events::{BytesDecl, BytesText, Event},
};

use super::report::{CaseReport, Outcome, Report};

impl Report {
    /// The report as JUnit XML.
    #[must_use]
    pub fn to_junit(&self) -> String {
        let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
        // A Vec takes everything that is written to it.
        let _ = self.write_junit(&mut writer);
        String::from_utf8(writer.into_inner()).unwrap_or_default()
    }

    fn write_junit(&self, writer: &mut Writer<Vec<u8>>) -> io::Result<()> {
        writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
        let mut operations: Vec<&str> = self
            .coverage
            .iter()
            .map(|one| one.operation.as_str())
            .collect();
        operations.dedup();
        writer
            .create_element("testsuites")
            .with_attribute(("name", "toapis contract"))
            .with_attribute(("tests", self.cases.len().to_string().as_str()))
            .with_attribute(("failures", self.summary.failed.to_string().as_str()))
            .write_inner_content(|writer| {
                for operation in operations {
                    let cases: Vec<&CaseReport> = self
                        .cases
                        .iter()
                        .filter(|case| case.operation == operation)
                        .collect();
                    suite(writer, operation, &cases)?;
                }
                Ok(())
            })?;
        Ok(())
    }
}

fn suite(writer: &mut Writer<Vec<u8>>, operation: &str, cases: &[&CaseReport]) -> io::Result<()> {
    let count = |outcome| {
        cases
            .iter()
            .filter(|case| case.outcome == outcome)
            .count()
            .to_string()
    };
    writer
        .create_element("testsuite")
        .with_attribute(("name", operation))
        .with_attribute(("tests", cases.len().to_string().as_str()))
        .with_attribute(("failures", count(Outcome::Failed).as_str()))
        .with_attribute(("skipped", count(Outcome::Skipped).as_str()))
        .write_inner_content(|writer| cases.iter().try_for_each(|case| test(writer, case)))?;
    Ok(())
}

fn test(writer: &mut Writer<Vec<u8>>, case: &CaseReport) -> io::Result<()> {
    let name = clean(&format!("{}: {}", case.subject, case.what));
    let seconds = format!(
        "{}.{:03}",
        case.milliseconds / 1000,
        case.milliseconds % 1000
    );
    let line = case
        .source
        .line
        .map(|line| line.to_string())
        .unwrap_or_default();
    let element = writer
        .create_element("testcase")
        .with_attribute(("classname", case.operation.as_str()))
        .with_attribute(("name", name.as_str()))
        .with_attribute(("file", case.source.file.as_str()))
        .with_attribute(("line", line.as_str()))
        .with_attribute(("time", seconds.as_str()));
    let message = clean(
        case.message
            .as_deref()
            .unwrap_or("the answer is not as the contract says"),
    );
    match case.outcome {
        Outcome::Passed => element.write_empty()?,
        Outcome::Skipped => element.write_inner_content(|writer| {
            writer
                .create_element("skipped")
                .with_attribute(("message", message.as_str()))
                .write_empty()?;
            Ok(())
        })?,
        Outcome::Failed => element.write_inner_content(|writer| {
            writer
                .create_element("failure")
                .with_attribute(("message", message.as_str()))
                .write_text_content(BytesText::new(&clean(&case.to_string())))?;
            Ok(())
        })?,
    };
    Ok(())
}

/// Without the control characters that no XML may hold, not even escaped.
fn clean(text: &str) -> String {
    text.chars()
        .filter(|letter| !letter.is_control() || matches!(letter, '\n' | '\t'))
        .collect()
}
