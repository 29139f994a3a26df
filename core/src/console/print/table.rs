//! Tables: what an API server sends of a list, and how `kubectl get` lays it out.

use serde_json::Value;

use super::{
    object::{pairs, text},
    tabs::{align, align_below},
};

/// A column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name; shown in capitals.
    pub name: &'static str,
    /// Shown with `-o wide` only.
    pub wide: bool,
}

/// Objects as rows.
#[derive(Clone, Debug, Default)]
pub struct Table<'a> {
    /// The columns.
    pub columns: Vec<Column>,
    /// A cell for each column, and the object itself.
    pub rows: Vec<(Vec<String>, &'a Value)>,
}

/// How a table is laid out.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "the independent flags of `kubectl get`")]
pub struct Look {
    /// `-o wide`.
    pub wide: bool,
    /// `-A`: a column for the namespace.
    pub namespace: bool,
    /// `--show-labels`.
    pub labels: bool,
    /// `--no-headers`.
    pub no_headers: bool,
    /// What stands before each name, such as `pod/`, when several kinds are shown.
    pub prefix: String,
    /// `-L`: labels that get a column.
    pub label_columns: Vec<String>,
    /// `--output-watch-events`: what became of the objects, in the first column.
    pub event: Option<&'static str>,
}

impl Table<'_> {
    /// The table as text.
    #[must_use]
    pub fn print(&self, look: &Look) -> String {
        align(&self.lines(look), 6, 3)
    }

    /// The table as text below another one of the same columns, whose widths are `known`.
    #[must_use]
    pub fn print_below(&self, look: &Look, known: &mut Vec<usize>) -> String {
        align_below(&self.lines(look), 6, 3, known)
    }

    fn lines(&self, look: &Look) -> String {
        let shown: Vec<usize> =
            (0..self.columns.len()).filter(|index| look.wide || !self.columns[*index].wide).collect();
        let mut lines: Vec<String> = Vec::new();
        if !look.no_headers && !self.rows.is_empty() {
            let names = shown.iter().map(|index| self.columns[*index].name.to_uppercase());
            let namespace = look.namespace.then(|| "NAMESPACE".to_owned());
            let extra = look
                .label_columns
                .iter()
                .map(|label| label.rsplit('/').next().unwrap_or_default().to_uppercase());
            let labels = look.labels.then(|| "LABELS".to_owned());
            let event = look.event.map(|_| "EVENT".to_owned());
            lines.push(line(event.into_iter().chain(namespace).chain(names).chain(extra).chain(labels)));
        }
        for (cells, object) in &self.rows {
            let namespace = look.namespace.then(|| text(object, "/metadata/namespace").to_owned());
            let cells = shown.iter().map(|index| {
                let cell = cells.get(*index).map_or("", String::as_str);
                if *index == 0 { format!("{}{cell}", look.prefix) } else { one_line(cell) }
            });
            let extra = look.label_columns.iter().map(|label| {
                let labels = object.pointer("/metadata/labels");
                labels.and_then(|labels| labels.get(label)).and_then(Value::as_str).unwrap_or("").to_owned()
            });
            let labels = look.labels.then(|| pairs(object, "/metadata/labels"));
            let event = look.event.map(str::to_owned);
            lines.push(line(event.into_iter().chain(namespace).chain(cells).chain(extra).chain(labels)));
        }
        lines.push(String::new());
        lines.join("\n")
    }
}

fn line(cells: impl Iterator<Item = String>) -> String {
    cells.collect::<Vec<_>>().join("\t")
}

/// The first line of a cell.
fn one_line(cell: &str) -> String {
    match cell.split_once(['\n', '\r', '\u{c}']) {
        Some((first, _)) => format!("{first}..."),
        None => cell.to_owned(),
    }
}
