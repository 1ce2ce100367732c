//! What of a table fits on a terminal: the widths of its columns, and which columns are left out.

use unicode_width::UnicodeWidthStr;

/// A column is not made narrower than this before columns are left out.
const NARROW: usize = 14;

/// A column of broken texts is not made narrower than this before columns are left out.
const SHORT_WORD: usize = 9;

/// Longer words are broken.
const LONG_WORD: usize = 24;

/// The mark of what is left out.
pub const MARK: &str = "…";

/// The columns of a table as they are shown.
#[derive(Debug, PartialEq, Eq)]
pub struct Fit {
    /// The numbers of the columns that are shown.
    pub shown: Vec<usize>,
    /// The width of each, without its padding.
    pub widths: Vec<usize>,
    /// How many of them stand before the column with the mark; none when no column is left out.
    pub mark: Option<usize>,
}

/// The characters that a table takes besides its cells: a line and two blanks for each column, and the last line.
fn frame(columns: usize) -> usize {
    3 * columns + 1
}

/// Fits columns of these widths into a line. Columns in the middle are left out where even narrow ones do not fit. `words` are the
/// longest words of each column where texts are broken over lines, so that wide columns get the more room.
pub fn fit(natural: &[usize], words: Option<&[usize]>, width: usize) -> Fit {
    let all = natural.len();
    if let Some(words) = words {
        let least = natural.iter().zip(words).map(|(natural, word)| (*word).clamp(1, LONG_WORD).min(*natural));
        let wanted: Vec<usize> = least.collect();
        let room = width.saturating_sub(frame(all));
        // Where not even the words fit, the longest are broken.
        let least = shrunk(&wanted, room);
        if wanted.iter().zip(&least).all(|(wanted, least)| *least >= (*wanted).min(SHORT_WORD)) {
            return Fit { shown: (0..all).collect(), widths: for_paragraphs(natural, least, room), mark: None };
        }
    }
    let least = |column: usize| natural.get(column).copied().unwrap_or(0).min(NARROW);
    if (0..all).map(least).sum::<usize>() + frame(all) <= width {
        return Fit {
            shown: (0..all).collect(),
            widths: shrunk(natural, width.saturating_sub(frame(all))),
            mark: None,
        };
    }
    // The column with the mark, and then from both ends in turn; the first column is always there.
    let mut used = frame(1) + 1;
    let (mut left, mut right) = (0, all);
    while left < right {
        let column = if left <= all - right { left } else { right - 1 };
        if used + least(column) + 3 > width && left > 0 {
            break;
        }
        used += least(column) + 3;
        if column == left { left += 1 } else { right -= 1 }
    }
    let shown: Vec<usize> = (0..left).chain(right..all).collect();
    let widths: Vec<usize> = shown.iter().filter_map(|column| natural.get(*column).copied()).collect();
    let room = width.saturating_sub(frame(shown.len() + 1) + 1);
    Fit { widths: shrunk(&widths, room), shown, mark: Some(left) }
}

/// The widths, of which the largest are cut so that they are not more than `room` together.
fn shrunk(natural: &[usize], room: usize) -> Vec<usize> {
    if natural.iter().sum::<usize>() <= room {
        return natural.to_vec();
    }
    let with_cap = |cap: usize| natural.iter().map(|width| (*width).min(cap)).sum::<usize>();
    let mut cap = 1;
    while with_cap(cap + 1) <= room {
        cap += 1;
    }
    let mut left = room.saturating_sub(with_cap(cap));
    let mut widths: Vec<usize> = natural.iter().map(|width| (*width).min(cap)).collect();
    for (width, natural) in widths.iter_mut().zip(natural) {
        if left > 0 && *width < *natural {
            *width += 1;
            left -= 1;
        }
    }
    widths
}

/// The widths for texts that are broken over lines: what is left beyond the least goes to those with the most lines.
fn for_paragraphs(natural: &[usize], least: Vec<usize>, room: usize) -> Vec<usize> {
    if natural.iter().sum::<usize>() <= room {
        return natural.to_vec();
    }
    let used: usize = least.iter().sum();
    let mut widths = least;
    for _ in used..room {
        let lines = |column: &usize| match (natural.get(*column), widths.get(*column)) {
            (Some(natural), Some(width)) if natural > width => natural * 100 / (*width).max(1),
            _ => 0,
        };
        // The first of several, so that the result is one.
        let Some(column) = (0..widths.len()).rev().max_by_key(lines).filter(|column| lines(column) > 0) else { break };
        if let Some(width) = widths.get_mut(column) {
            *width += 1;
        }
    }
    widths
}

/// The columns of a terminal that a text takes.
pub fn width_of(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

/// The columns that the longest word of a text takes.
pub fn longest_word(text: &str) -> usize {
    text.split_whitespace().map(width_of).max().unwrap_or(0)
}

/// A text of at most so many columns: a longer one ends with the mark.
pub fn shortened(text: &str, width: usize) -> String {
    if width_of(text) <= width {
        return text.to_owned();
    }
    let mut short = String::new();
    for c in text.chars() {
        short.push(c);
        if width_of(&short) + 1 > width {
            short.pop();
            break;
        }
    }
    short.push_str(MARK);
    short
}

/// A text broken at blanks into lines of at most so many columns, each behind an indent.
pub fn paragraph(text: &str, width: usize, indent: usize) -> String {
    let room = width.saturating_sub(indent).max(20);
    let mut lines: Vec<String> = Vec::new();
    for source in text.lines() {
        let mut line = String::new();
        for word in source.split_whitespace() {
            if !line.is_empty() && width_of(&line) + 1 + width_of(word) > room {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        lines.push(line);
    }
    let indented =
        lines.iter().map(|line| if line.is_empty() { String::new() } else { format!("{:indent$}{line}", "") });
    indented.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_stays() {
        let all = fit(&[3, 10, 4], None, 80);
        assert_eq!(all, Fit { shown: vec![0, 1, 2], widths: vec![3, 10, 4], mark: None });
    }

    #[test]
    fn the_widest_columns_are_cut_first() {
        let cut = fit(&[3, 100, 200], None, 80);
        assert_eq!(cut.shown, [0, 1, 2]);
        assert_eq!(cut.widths[0], 3);
        assert_eq!(cut.widths.iter().sum::<usize>() + 10, 80);
        assert!(cut.widths[1].abs_diff(cut.widths[2]) <= 1);
    }

    #[test]
    fn paragraphs_get_the_room() {
        let cut = fit(&[13, 9, 12, 17, 30, 120], Some(&[13, 9, 12, 8, 10, 12]), 100);
        assert_eq!(cut.widths.iter().sum::<usize>() + frame(6), 100);
        assert_eq!(cut.widths[..3], [13, 9, 12]);
        assert!(cut.widths[5] >= 25, "{cut:?}");
        // Words that do not fit together are broken, the longest first.
        let cut = fit(&[22, 9, 12, 40, 90, 200], Some(&[22, 9, 12, 24, 24, 16]), 100);
        assert_eq!((cut.mark, cut.widths.iter().sum::<usize>() + frame(6)), (None, 100));
        assert!(cut.widths[0] >= 14 && cut.widths[1] == 9, "{cut:?}");
    }

    #[test]
    fn columns_in_the_middle_are_left_out() {
        let cut = fit(&[20; 30], None, 80);
        assert!(cut.mark.is_some_and(|mark| mark >= 1));
        assert_eq!(cut.shown.first(), Some(&0));
        assert_eq!(cut.shown.last(), Some(&29));
        assert!(cut.widths.iter().sum::<usize>() + 3 * (cut.shown.len() + 1) + 2 <= 80);
        for width in 1..200 {
            for columns in 1..12 {
                for words in [None, Some(&vec![9; columns][..])] {
                    let cut = fit(&vec![40; columns], words, width);
                    assert!(!cut.shown.is_empty());
                    let marks = usize::from(cut.mark.is_some());
                    let used = cut.widths.iter().sum::<usize>() + marks + frame(cut.shown.len() + marks);
                    assert!(used <= width.max(12), "{columns} columns in {width}: {cut:?}");
                }
            }
        }
    }

    #[test]
    fn texts_are_cut_by_what_they_take_on_the_screen() {
        assert_eq!(shortened("abcdef", 6), "abcdef");
        assert_eq!(shortened("abcdefg", 6), "abcde…");
        assert_eq!(width_of(&shortened("日本語日本語", 6)), 5);
        assert_eq!(shortened("abc", 1), "…");
    }

    #[test]
    fn paragraphs_keep_to_the_width() {
        let text = paragraph(&"word ".repeat(40), 50, 4);
        assert!(text.lines().all(|line| line.starts_with("    word") && line.len() <= 50), "{text}");
    }
}
