//! SVG files of `wend draw` as PNG, drawn by resvg with a font of the binary's own, so that it is the same picture on every machine.

use std::io::Read;
use std::sync::Arc;

use flate2::read::GzDecoder;
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::fontdb::Database;
use resvg::usvg::{Options, Tree};

use crate::stop::Stop;

/// DejaVu Sans 2.37, compressed; its licence is in NOTICE. It has the alphabets of Europe, Armenian, Georgian, Hebrew, Arabic and
/// symbols.
const FONT: &[u8] = include_bytes!("../../fonts/DejaVuSans.ttf.gz");
const FAMILY: &str = "DejaVu Sans";

/// Pixels for each unit of the SVG file: sharp on screens of today.
const SCALE: f32 = 2.0;

/// The picture of an SVG text.
pub fn of_svg(svg: &str) -> Result<Vec<u8>, Stop> {
    let failed = |what: &dyn std::fmt::Display| {
        Stop::usage(format!("the picture cannot be drawn: {what}"), "write SVG or HTML instead: -o x.svg")
    };
    let mut font = Vec::new();
    GzDecoder::new(FONT).read_to_end(&mut font).map_err(|error| failed(&error))?;
    let mut fonts = Database::new();
    fonts.load_font_data(font);
    // For other scripts those of the machine, as far as it has them.
    if !svg.chars().all(is_in_font) {
        fonts.load_system_fonts();
    }
    fonts.set_sans_serif_family(FAMILY);
    let options = Options { font_family: FAMILY.to_owned(), fontdb: Arc::new(fonts), ..Options::default() };
    let tree = Tree::from_str(svg, &options).map_err(|error| failed(&error))?;
    let size = tree.size();
    let pixels = |length: f32| (length * SCALE).ceil() as u32;
    let mut picture = Pixmap::new(pixels(size.width()), pixels(size.height()))
        .ok_or_else(|| failed(&"it has no width or no height"))?;
    resvg::render(&tree, Transform::from_scale(SCALE, SCALE), &mut picture.as_mut());
    picture.encode_png().map_err(|error| failed(&error))
}

/// Whether a letter is of a block that the font has.
fn is_in_font(letter: char) -> bool {
    matches!(letter, '\0'..='\u{06ff}' | '\u{10a0}'..='\u{10ff}' | '\u{1d00}'..='\u{2bff}' | '\u{fb00}'..='\u{feff}' | '\u{fffd}')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A picture with a text in it, and how many of its pixels are dark.
    fn dark(text: &str) -> usize {
        let svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 300 40\" font-family=\"system-ui, sans-serif\">\
             <rect width=\"300\" height=\"40\" fill=\"#ffffff\"/><text x=\"10\" y=\"30\" font-size=\"20\">{text}</text></svg>"
        );
        let png = of_svg(&svg).unwrap();
        assert_eq!(png, of_svg(&svg).unwrap());
        let picture = Pixmap::decode_png(&png).unwrap();
        assert_eq!((picture.width(), picture.height()), (600, 80));
        picture.pixels().iter().filter(|pixel| pixel.red() < 100).count()
    }

    #[test]
    fn texts_are_drawn_with_the_font_of_the_binary() {
        assert_eq!(dark(""), 0);
        for text in ["Ann", "Żółw", "Ελλάς", "Москва", "שלום", "→ ★"] {
            assert!(dark(text) > 100, "{text}");
        }
        assert!(dark("WWWW") > dark("W"));
    }
}
