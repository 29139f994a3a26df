//! Columns under each other: what Go's `text/tabwriter` does with blanks for padding.
//!
//! A column is a run of lines that all have a tab-terminated cell there; it is as wide as its widest cell.

/// Aligns lines whose cells are separated by tabs. A cell is at least `min` wide with its padding.
pub(crate) fn align(text: &str, min: usize, padding: usize) -> String {
    write(text, (min, padding), None)
}

/// The same below what was aligned before: no column is narrower than it was.
pub(crate) fn align_below(text: &str, min: usize, padding: usize, known: &mut Vec<usize>) -> String {
    write(text, (min, padding), Some(known))
}

fn write(text: &str, (min, padding): (usize, usize), known: Option<&mut Vec<usize>>) -> String {
    let lines: Vec<Vec<&str>> = text.split('\n').map(|line| line.split('\t').collect()).collect();
    let mut out = String::with_capacity(text.len() * 2);
    let mut writer = Writer { lines: &lines, min, padding, known, widths: Vec::new(), out: &mut out };
    writer.format(0, lines.len());
    // Each line got an end; the last of them had none.
    out.pop();
    out
}

struct Writer<'a> {
    lines: &'a [Vec<&'a str>],
    min: usize,
    padding: usize,
    /// How wide each column has been.
    known: Option<&'a mut Vec<usize>>,
    widths: Vec<usize>,
    out: &'a mut String,
}

impl Writer<'_> {
    fn format(&mut self, from: usize, to: usize) {
        let column = self.widths.len();
        let has = |line: &Vec<&str>| column + 1 < line.len();
        let (mut written, mut at) = (from, from);
        while at < to {
            if !has(&self.lines[at]) {
                at += 1;
                continue;
            }
            self.write(written, at);
            let end = (at..to).find(|line| !has(&self.lines[*line])).unwrap_or(to);
            let cells = self.lines[at..end].iter().filter_map(|line| line.get(column));
            let widest = cells.map(|cell| cell.chars().count() + self.padding).max().unwrap_or(0);
            let mut width = widest.max(self.min);
            if let Some(known) = &mut self.known {
                known.resize(known.len().max(column + 1), 0);
                width = width.max(known[column]);
                known[column] = width;
            }
            self.widths.push(width);
            self.format(at, end);
            self.widths.pop();
            (written, at) = (end, end);
        }
        self.write(written, to);
    }

    fn write(&mut self, from: usize, to: usize) {
        for line in &self.lines[from..to] {
            for (index, cell) in line.iter().enumerate() {
                self.out.push_str(cell);
                if let Some(width) = self.widths.get(index) {
                    let blanks = width.saturating_sub(cell.chars().count());
                    self.out.extend(std::iter::repeat_n(' ', blanks));
                }
            }
            self.out.push('\n');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_ends_where_a_line_has_no_cell_for_it() {
        let text = "Name:\tweb\nLabels:\ta\nIPs:\n  IP:\tx\nControlled By:\ty\n";
        assert_eq!(
            align(text, 0, 2),
            "Name:    web\nLabels:  a\nIPs:\n  IP:           x\nControlled By:  y\n"
        );
    }
}
