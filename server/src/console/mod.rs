//! The console: a page that is part of the binary, what the server tells it, and the same page as a file that holds its data.
//!
//! The sources are in `console/`, and what is built of them in `console/dist`, so that building this crate needs no Node.

mod catalog;
pub mod map;

use std::{fmt::Write, io::Write as _, sync::OnceLock};

use base64::{Engine, engine::general_purpose::STANDARD};
use flate2::{Compression, write::GzEncoder};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

pub(crate) use catalog::catalog;

/// A file of the console.
#[derive(Debug)]
pub(crate) struct File {
    /// Its media type.
    pub(crate) kind: &'static str,
    /// Its bytes.
    pub(crate) bytes: &'static [u8],
    /// The same compressed with gzip.
    pub(crate) packed: &'static [u8],
    /// What stands for these bytes in the header ETag.
    pub(crate) tag: &'static str,
}

const PAGE: &str = include_str!("../../../console/dist/index.html");
const SCRIPT: &str = include_str!("../../../console/dist/app.js");
const STYLE: &str = include_str!("../../../console/dist/app.css");

/// The files that the page asks for, by the last part of their path; the page itself has the empty name.
const FILES: [(&str, &str, &str); 3] = [
    ("", "text/html; charset=utf-8", PAGE),
    ("app.js", "text/javascript; charset=utf-8", SCRIPT),
    ("app.css", "text/css; charset=utf-8", STYLE),
];

/// What a page from the server may do: run its own script and ask its own server, and nothing else. No script and no style
/// stands in the page itself, and no other page may frame it.
pub(crate) const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
                                 connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The file of a name.
pub(crate) fn file(name: &str) -> Option<&'static File> {
    static READY: OnceLock<Vec<File>> = OnceLock::new();
    let files = READY.get_or_init(|| {
        FILES
            .iter()
            .map(|(_, kind, text)| {
                let digest = Sha256::digest(text.as_bytes());
                let mut tag = String::from("\"");
                for byte in digest.iter().take(12) {
                    // Writing into a String cannot fail.
                    let _ = write!(tag, "{byte:02x}");
                }
                tag.push('"');
                File { kind, bytes: text.as_bytes(), packed: packed(text).leak(), tag: tag.leak() }
            })
            .collect()
    });
    let position = FILES.iter().position(|(known, ..)| *known == name)?;
    files.get(position)
}

/// The text compressed with gzip, once for the life of the process.
fn packed(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    // Writing into memory cannot fail.
    let _ = encoder.write_all(text.as_bytes());
    encoder.finish().unwrap_or_default()
}

/// The console as one file with its data inside, which asks nobody for anything: the page of `wend draw`.
pub fn standalone(title: &str, data: &Json) -> String {
    let hash = |text: &str| STANDARD.encode(Sha256::digest(text.as_bytes()));
    // Within a script element no text may look like its end.
    let data = data.to_string().replace('<', "\\u003c");
    let title = title.replace('&', "&amp;").replace('<', "&lt;");
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src 'sha256-{}'; \
         style-src 'sha256-{}'; img-src data: blob:; base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n\
         <style>{STYLE}</style>\n</head>\n<body>\n<script type=\"application/json\" id=\"wend-data\">{data}</script>\n\
         <script>{SCRIPT}</script>\n</body>\n</html>\n",
        hash(SCRIPT),
        hash(STYLE),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_small_and_asks_for_nothing_else() {
        let whole: usize = FILES.iter().filter_map(|(name, ..)| Some(file(name)?.packed.len())).sum();
        assert!(whole <= 300 << 10, "the console has {whole} bytes compressed");
        assert!(PAGE.contains("src=\"console/app.js\"") && PAGE.contains("href=\"console/app.css\""));
        for (_, _, text) in FILES {
            for elsewhere in ["src=\"http", "href=\"http", "url(http", "@import", "</script><"] {
                assert!(!text.contains(elsewhere) || text == PAGE, "{elsewhere}");
            }
        }
        // Elements that the policy forbids, and text that would end the element around it in a file of `wend draw`.
        assert!(!PAGE.contains("<style") && !PAGE.contains("onload="));
        assert!(!SCRIPT.contains("</script") && !SCRIPT.contains("<!--") && !STYLE.contains("</style"));
        assert!(file("nothing").is_none());
    }

    #[test]
    fn data_cannot_leave_its_element() {
        let data = serde_json::json!({"text": "</script><script>alert(1)</script><!--"});
        let page = standalone("a < b & c", &data);
        assert!(page.contains("<title>a &lt; b &amp; c</title>"));
        assert!(page.contains("\\u003c/script>\\u003cscript>alert(1)"));
        assert_eq!(page.matches("</script>").count(), 2);
    }
}
