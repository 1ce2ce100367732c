//! `wend draw` and `.draw`: files of pictures.

use crate::common::Wend;

const GRAPH: &str = "INSERT (a:Person {_id: 'ann', name: 'Ann <b>', team: 'x', v: VECTOR([1, 2, 3])}), \
                     (b:Person {_id: 'bob', team: 'y', v: VECTOR([3, 1, 2])}), (c:City {_id: 'ulm', v: VECTOR([0, 1, 5])}), \
                     (a)-[:KNOWS]->(b), (a)-[:KNOWS]->(b), (b)-[:LIVES_IN]->(c), (a)-[:IS]->(a)";

/// A directory with a database, and the file that a command line writes there.
fn drawn(args: &[&str], file: &str) -> (Option<i32>, String, String) {
    let wend = Wend::new();
    wend.again(["g.wend", "-c", GRAPH]).succeeds();
    let outcome = wend.again(args);
    (outcome.code, outcome.stderr.clone(), std::fs::read_to_string(wend.path(file)).unwrap_or_default())
}

#[test]
fn svg_has_nodes_edges_and_a_legend() {
    let args = ["draw", "g.wend", "MATCH p = (a)-[e]->(b) RETURN p", "-o", "x.svg"];
    let (code, stderr, svg) = drawn(&args, "x.svg");
    assert_eq!((code, stderr.as_str()), (Some(0), "x.svg: 3 nodes, 4 edges\n"));
    assert_eq!(svg.matches("<path d=\"M").count(), 5);
    for text in ["Ann &lt;b&gt;", ">KNOWS<", ">Person 2<", ">City 1<", "<title>ulm</title>"] {
        assert!(svg.contains(text), "{text} is not in {svg}");
    }
    assert!(!svg.contains("<b>") && svg.ends_with("</svg>\n"));
    assert_eq!(drawn(&args, "x.svg").2, svg);
    // Nodes alone are drawn with the edges between them, an edge alone with its nodes.
    let (_, stderr, _) = drawn(&["draw", "g.wend", "MATCH (p:Person) RETURN p", "-o", "x.svg"], "x.svg");
    assert_eq!(stderr, "x.svg: 2 nodes, 3 edges\n");
    let (_, stderr, svg) =
        drawn(&["draw", "g.wend", "MATCH ()-[e:LIVES_IN]->() RETURN e", "--color", "team", "-o", "x.svg"], "x.svg");
    assert_eq!(stderr, "x.svg: 2 nodes, 1 edge\n");
    assert!(svg.contains(">y 1<"), "{svg}");
}

#[test]
fn a_page_holds_its_data_and_a_policy() {
    let (code, stderr, page) =
        drawn(&["draw", "g.wend", "MATCH (p:Person) RETURN p, '</script>' AS t", "-o", "x.html"], "x.html");
    assert_eq!((code, stderr.as_str()), (Some(0), "x.html: 2 nodes, 3 edges\n"));
    assert!(page.contains("script-src 'sha256-") && page.contains("\"kind\":\"graph\""));
    assert_eq!(page.matches("</script>").count(), 2);
    assert!(page.contains("Ann \\u003cb>"));
}

#[test]
fn embeddings_are_drawn() {
    let (code, stderr, page) =
        drawn(&["draw", "g.wend", "--embedding", "Person.v", "--color", "team", "-o", "x.html"], "x.html");
    assert_eq!((code, stderr.as_str()), (Some(0), "x.html: 2 points\n"));
    assert!(page.contains("\"kind\":\"map\""));
    let (_, stderr, svg) = drawn(&["draw", "g.wend", "--embedding", "v", "-o", "x.svg"], "x.svg");
    assert_eq!(stderr, "x.svg: 3 points\n");
    assert_eq!(svg.matches("r=\"3.5\"").count(), 3);
}

#[test]
fn pixels_show_the_same_as_svg() {
    let wend = Wend::new();
    wend.again(["g.wend", "-c", GRAPH]).succeeds();
    let png = |args: &[&str]| {
        wend.again(args).succeeds();
        let bytes = std::fs::read(wend.path("x.png")).unwrap();
        assert!(bytes.starts_with(b"\x89PNG\r\n\x1a\n"), "{args:?}");
        // Width and height of the header.
        let number = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
        assert_eq!((number(16), number(20)), (2400, 1600));
        bytes
    };
    let graph = ["draw", "g.wend", "MATCH p = (a)-[e]->(b) RETURN p", "-o", "x.png"];
    let first = png(&graph);
    assert_eq!(png(&graph), first);
    let other = png(&["draw", "g.wend", "MATCH p = (a)-[e:KNOWS]->(b) RETURN p", "-o", "x.png"]);
    assert_ne!(other, first);
    let pca = png(&["draw", "g.wend", "--embedding", "v", "-o", "x.png"]);
    assert_ne!(png(&["draw", "g.wend", "--embedding", "v", "--layout", "umap", "-o", "x.png"]), pca);
}

#[test]
fn what_cannot_be_drawn_is_said() {
    for (args, code, said) in [
        (&["draw", "g.wend", "MATCH (n) RETURN n", "-o", "x"][..], 2, "ends in .html, .svg or .png"),
        (&["draw", "g.wend", "MATCH (n) RETURN n", "-o", "x.jpg"], 2, "ends in .html, .svg or .png"),
        (&["draw", "g.wend", "--embedding", "v", "--layout", "tsne", "-o", "x.svg"], 2, "pca or umap"),
        (&["draw", "g.wend", "RETURN 1", "-o", "x.svg"], 2, "no nodes and no edges"),
        (&["draw", "g.wend", "MATCH (n RETURN n", "-o", "x.svg"], 1, "MATCH (n RETURN n"),
        (&["draw", "g.wend", "INSERT (:X)", "-o", "x.svg"], 1, "25G03"),
        (&["draw", "g.wend", "--embedding", "Person.nothing", "-o", "x.svg"], 1, "nothing"),
        (&["draw", "g.wend", "-o", "x.svg"], 2, "GQL"),
        (&["draw", "none.wend", "MATCH (n) RETURN n", "-o", "x.svg"], 2, "there is no database"),
    ] {
        let (given, stderr, _) = drawn(args, "x.svg");
        assert_eq!(given, Some(code), "{args:?}: {stderr}");
        assert!(stderr.contains(said), "{args:?}: {stderr}");
    }
}
