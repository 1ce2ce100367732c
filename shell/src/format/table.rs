//! `--format table`: a box for people to read. Rows are laid out in pages, so that a result larger than memory can be
//! printed; the first page sets the widths.

use std::io::{self, Write};

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{Cell, CellAlignment, ColumnConstraint, ContentArrangement, LineStyle, TableStyle, Width};
use wenddb::Value;

use super::{TableWriter, count, text};

/// The rows of a page.
const PAGE: usize = 1000;

/// Narrower columns are not wrapped to fit the terminal.
const NARROWEST_COLUMN: usize = 8;

/// A cell of a row that is not laid out yet.
struct Item {
    text: String,
    number: bool,
}

/// A table that is being printed.
pub struct Table {
    header: Vec<String>,
    width: Option<u16>,
    page: Vec<Vec<Item>>,
    /// The widths, and which columns hold numbers; set by the first page.
    layout: Option<Vec<u16>>,
    rows: u64,
}

impl Table {
    /// A table with these columns, for a terminal of this width if any.
    pub fn new(columns: &[String], width: Option<u16>) -> Self {
        let fits = |width: &u16| usize::from(*width) >= columns.len() * (NARROWEST_COLUMN + 3);
        let header = columns.iter().map(|name| text::cell(&Value::String(name.as_str().into()))).collect();
        Table { header, width: width.filter(fits), page: Vec::new(), layout: None, rows: 0 }
    }

    /// Prints the rows of the page.
    fn print_page(&mut self, out: &mut dyn Write, last: bool) -> io::Result<()> {
        let first = self.layout.is_none();
        let page = std::mem::take(&mut self.page);
        if page.is_empty() && !first {
            return Ok(());
        }
        let mut table = comfy_table::Table::new();
        table.load_style(style(first, last));
        if first {
            let header = self.header.iter().enumerate().map(|(index, name)| {
                let right = !page.is_empty() && page.iter().all(|row| row.get(index).is_none_or(|item| item.number));
                aligned(name.clone(), right)
            });
            table.set_header(header.collect::<Vec<_>>());
        }
        for row in page {
            table.add_row(row.into_iter().map(|item| aligned(item.text, item.number)).collect::<Vec<_>>());
        }
        if let Some(width) = self.width {
            table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
        }
        let layout = self.layout.get_or_insert_with(|| table.column_max_content_widths());
        if !first {
            // A column's width includes the padding, one blank on each side.
            table.set_constraints(
                layout.iter().map(|width| ColumnConstraint::LowerBoundary(Width::Fixed(width.saturating_add(2)))),
            );
        }
        for line in table.lines() {
            writeln!(out, "{line}")?;
        }
        Ok(())
    }
}

impl TableWriter for Table {
    fn row(&mut self, out: &mut dyn Write, values: Vec<Value>) -> io::Result<()> {
        // A full page is printed when its next row arrives, because only the last page has the bottom line.
        if self.page.len() >= PAGE {
            self.print_page(out, false)?;
        }
        self.page.push(
            values.iter().map(|value| Item { text: text::cell(value), number: text::is_number(value) }).collect(),
        );
        self.rows += 1;
        Ok(())
    }

    fn end(&mut self, out: &mut dyn Write) -> io::Result<()> {
        if !self.header.is_empty() {
            self.print_page(out, true)?;
        }
        writeln!(out, "{}", count(self.rows, "row"))
    }
}

/// A small table of texts.
pub fn list(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut table = comfy_table::Table::new();
    table.load_style(style(true, true));
    table.set_header(header.to_vec());
    for row in rows {
        table.add_row(row);
    }
    if let Some((_, width)) = console::Term::stdout().size_checked() {
        table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    }
    table.to_string()
}

/// The lines of a page: the top line on the first page only, the bottom line on the last.
fn style(first: bool, last: bool) -> TableStyle {
    let mut style = UTF8_FULL_CONDENSED;
    style.header_lines = style.header_lines.junction('│');
    style.content_lines = style.content_lines.junction('│');
    let style = if first { style } else { style.top_border(LineStyle::none()) };
    if last { style } else { style.bottom_border(LineStyle::none()) }
}

/// A cell, right-aligned for numbers.
fn aligned(text: String, right: bool) -> Cell {
    let cell = Cell::new(text);
    if right { cell.set_alignment(CellAlignment::Right) } else { cell }
}
