//! `--format table`: a box for people to read. Rows are laid out in pages, so that a result larger than memory can be
//! printed; the first page sets the widths.

use std::io::{self, Write};

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{Cell, CellAlignment, ColumnConstraint, ContentArrangement, LineStyle, TableStyle, Width};
use wenddb::Value;

use super::fit::{Fit, MARK, fit, longest_word, shortened, width_of};
use super::{Screen, TableWriter, count, text, thousands};

/// The rows of a page.
const PAGE: usize = 1000;

/// In a result of so few rows long texts are broken over lines instead of being cut.
const FEW: u64 = 3;

/// The names of columns that are left out take so many characters at most.
const NAMES: usize = 200;

/// A cell of a row that is not laid out yet.
#[derive(Clone)]
struct Item {
    text: String,
    number: bool,
}

/// A table that is being printed.
pub struct Table {
    header: Vec<String>,
    screen: Screen,
    page: Vec<Vec<Item>>,
    /// The widths, and which columns hold numbers; set by the first page.
    layout: Option<Vec<u16>>,
    /// The columns that are shown and where the mark stands, when some are left out; set by the first page.
    columns: Option<(Vec<usize>, usize)>,
    /// Whether all rows that are shown have been printed.
    closed: bool,
    rows: u64,
}

impl Table {
    /// A table with these columns.
    pub fn new(columns: &[String], screen: Screen) -> Self {
        let header = columns.iter().map(|name| text::cell(&Value::String(name.as_str().into()))).collect();
        Table { header, screen, page: Vec::new(), layout: None, columns: None, closed: false, rows: 0 }
    }

    /// Prints the rows of the page.
    fn print_page(&mut self, out: &mut dyn Write, last: bool) -> io::Result<()> {
        let first = self.layout.is_none();
        let mut page = std::mem::take(&mut self.page);
        if page.is_empty() && !first {
            return Ok(());
        }
        let mut table = comfy_table::Table::new();
        table.load_style(style(first, last));
        let numbers = |page: &[Vec<Item>], index: usize| {
            !page.is_empty() && page.iter().all(|row| row.get(index).is_none_or(|item| item.number))
        };
        let mut header: Vec<Item> = self
            .header
            .iter()
            .enumerate()
            .map(|(index, name)| Item { text: name.clone(), number: numbers(&page, index) })
            .collect();
        let fitted = self.screen.width.map(|width| self.fit(&mut header, &mut page, usize::from(width), first));
        if first {
            table.set_header(header.into_iter().map(|item| aligned(item.text, item.number)).collect::<Vec<_>>());
        }
        for row in page {
            table.add_row(row.into_iter().map(|item| aligned(item.text, item.number)).collect::<Vec<_>>());
        }
        // A column's width includes the padding, one blank on each side.
        let padded = |width: u16| Width::Fixed(width.saturating_add(2));
        if let Some(widths) = fitted {
            self.layout = Some(widths.clone());
            table.set_constraints(widths.into_iter().map(|width| ColumnConstraint::Absolute(padded(width))));
        } else {
            let layout = self.layout.get_or_insert_with(|| table.column_max_content_widths());
            if !first {
                table.set_constraints(layout.iter().map(|width| ColumnConstraint::LowerBoundary(padded(*width))));
            }
        }
        for line in table.lines() {
            writeln!(out, "{line}")?;
        }
        Ok(())
    }

    /// Takes the columns that do not fit out of a page, and cuts long texts; gives the widths of what is left.
    fn fit(&mut self, header: &mut Vec<Item>, page: &mut [Vec<Item>], width: usize, first: bool) -> Vec<u16> {
        if let Some((shown, mark)) = &self.columns {
            // The columns of the first page.
            std::iter::once(&mut *header).chain(page.iter_mut()).for_each(|row| pick(row, shown, Some(*mark)));
        }
        let before = self.layout.clone().unwrap_or_default();
        let widest = |of: fn(&str) -> usize| -> Vec<usize> {
            let widest = |column: usize| {
                let cells = std::iter::once(&*header).chain(page.iter());
                let widest = cells.filter_map(|row| row.get(column)).map(|item| of(&item.text)).max();
                widest.unwrap_or(0).max(1)
            };
            (0..header.len()).map(widest).collect()
        };
        let mut natural = widest(width_of);
        for (width, before) in natural.iter_mut().zip(&before) {
            *width = (*width).max(usize::from(*before));
        }
        let whole = self.screen.whole_texts || self.closed_with_few();
        let Fit { shown, mut widths, mark } = fit(&natural, whole.then(|| widest(longest_word)).as_deref(), width);
        if first && let Some(mark) = mark {
            std::iter::once(&mut *header).chain(page.iter_mut()).for_each(|row| pick(row, &shown, Some(mark)));
            widths.insert(mark, 1);
            self.columns = Some((shown, mark));
        } else if mark.is_some() {
            // Later pages keep the columns of the first, and its widths.
            widths = before.iter().map(|width| usize::from(*width)).collect();
        }
        for row in std::iter::once(header).chain(page.iter_mut()) {
            for (item, width) in row.iter_mut().zip(&widths).filter(|_| !whole) {
                item.text = shortened(&item.text, *width);
            }
        }
        widths.into_iter().map(|width| u16::try_from(width).unwrap_or(u16::MAX)).collect()
    }

    /// Whether the whole result has only a few rows.
    fn closed_with_few(&self) -> bool {
        self.closed && self.rows <= FEW
    }
}

/// Leaves the columns that are shown in a row, and puts the mark where others stood.
fn pick(row: &mut Vec<Item>, shown: &[usize], mark: Option<usize>) {
    let mut picked: Vec<Item> = shown.iter().filter_map(|column| row.get(*column).cloned()).collect();
    if let Some(mark) = mark.filter(|mark| *mark <= picked.len()) {
        picked.insert(mark, Item { text: MARK.to_owned(), number: false });
    }
    *row = picked;
}

impl TableWriter for Table {
    fn row(&mut self, out: &mut dyn Write, values: Vec<Value>) -> io::Result<()> {
        let most = self.screen.max_rows as u64;
        if most > 0 && self.rows >= most {
            // The rows that are not shown are counted.
            self.rows += 1;
            if !std::mem::replace(&mut self.closed, true) {
                self.print_page(out, true)?;
                out.flush()?;
            }
            return Ok(());
        }
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
        let shown = if self.closed { self.screen.max_rows as u64 } else { self.rows };
        if !std::mem::replace(&mut self.closed, true) && !self.header.is_empty() {
            self.print_page(out, true)?;
        }
        if shown < self.rows {
            let more = self.rows - shown;
            let rows = if more == 1 { "row" } else { "rows" };
            writeln!(out, "... {} more {rows}; .maxrows 0 shows all", thousands(more))?;
        }
        if let Some((columns, _)) = &self.columns {
            let out_of = self.header.iter().enumerate().filter(|(column, _)| !columns.contains(column));
            let names: Vec<&str> = out_of.map(|(_, name)| name.as_str()).collect();
            let width = self.screen.width.map_or(NAMES, usize::from).saturating_sub(50).clamp(20, NAMES);
            let list = shortened(&names.join(", "), width);
            let noun = if names.len() == 1 { "column" } else { "columns" };
            let how = if self.screen.interactive { ".maxwidth 0 shows all" } else { "`| cat` shows all" };
            writeln!(out, "... {} more {noun}: {list}; {how}", names.len())?;
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
