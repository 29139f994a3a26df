//! YAML documents and what they come to.

use super::load;
use crate::manifest::{Code, json::encode};

#[track_caller]
fn same(text: impl AsRef<[u8]>, json: &str) {
    let text = text.as_ref();
    match load(text) {
        Ok(loaded) => assert_eq!(encode(&loaded.root), json, "{}", String::from_utf8_lossy(text)),
        Err(error) => panic!("{}: {}", String::from_utf8_lossy(text), error.text),
    }
}

#[track_caller]
fn refused(text: impl AsRef<[u8]>, words: &str, at: u32) {
    let text = text.as_ref();
    let error = load(text).unwrap_err();
    assert_eq!((error.text.as_str(), error.span.start), (words, at), "{}", String::from_utf8_lossy(text));
}

#[test]
fn scalars_and_keys_become_json() {
    same(
        "yes: on\n1: 0777\n1.5: '0777'\nnull_: ~\ntext: !!str 12\nt: 2024-01-31\n",
        r#"{"1":511,"1.5":"0777","null_":null,"t":"2024-01-31","text":"12","true":true}"#,
    );
    same("", "null");
    same("# only a comment\n", "null");
    same("--- [a, 'b', \"c\\n\", 1.50]\n", r#"["a","b","c\n",1.5]"#);
}

#[test]
fn encodings_are_told_apart() {
    same(b"\xEF\xBB\xBFa: 1\r\nb: \xC3\xA9\r\n", r#"{"a":1,"b":"é"}"#);
    let utf16: Vec<u8> =
        [0xFF, 0xFE].into_iter().chain("a: 한😀\n".encode_utf16().flat_map(u16::to_le_bytes)).collect();
    same(&utf16, r#"{"a":"한😀"}"#);
    let span = load(&utf16).unwrap().root.fields()[0].node.span;
    assert_eq!((span.start, span.end), (8, 14));
    refused(b"a: 1\nb: \x80\n", "yaml: invalid leading UTF-8 octet", 8);
    refused(b"a: \x07\n", "yaml: control characters are not allowed", 3);
    refused(b"a: \xE2\x82", "yaml: incomplete UTF-8 octet sequence", 3);
}

#[test]
fn anchors_and_merges() {
    same(
        "a: &x {k: 1, l: 2}\nb: *x\nc: {<<: *x, k: 3}\nd: {k: 3, <<: *x}\n",
        r#"{"a":{"k":1,"l":2},"b":{"k":1,"l":2},"c":{"k":3,"l":2},"d":{"k":1,"l":2}}"#,
    );
    same(
        "a: &x {k: 1}\nb: &y {k: 2, m: 3}\nc: {<<: [*x, *y]}\n",
        r#"{"a":{"k":1},"b":{"k":2,"m":3},"c":{"k":1,"m":3}}"#,
    );
    refused("a: *none\n", "yaml: unknown anchor 'none' referenced", 3);
    refused("a: &a [*a]\n", "yaml: anchor 'a' value contains itself", 7);
    refused("a: {<<: 1}\n", "yaml: map merge requires map or sequence of maps as the value", 8);
}

#[test]
fn bombs_are_bounded() {
    let mut bomb = String::from("a: &a [x, x, x, x, x, x, x, x, x]\n");
    for (this, last) in ('b'..='i').zip('a'..) {
        let items = vec![format!("*{last}"); 9].join(",");
        let line = format!("{this}: &{this} [{items}]\n");
        bomb.push_str(&line);
    }
    let error = load(bomb.as_bytes()).unwrap_err();
    assert_eq!(error.text, "yaml: document contains excessive aliasing");
    for open in ["[", "- ", "{a: ", "? "] {
        let error = load(open.repeat(100_000).as_bytes()).map(|_| ());
        assert!(error.is_err(), "{open}");
    }
}

#[test]
fn mistakes_have_the_library_s_words_and_a_place() {
    refused("a: b: c\n", "yaml: mapping values are not allowed in this context", 4);
    refused("a:\n\tb: 1\n", "yaml: line 2: found character that cannot start any token", 3);
    refused("a: [1\nb: 2\n", "yaml: line 1: did not find expected ',' or ']'", 7);
    refused(
        "{{ .x }}: 1\n",
        "yaml: invalid map key: map[interface {}]interface {}{\".x\":interface {}(nil)}",
        1,
    );
    refused("a: .inf\n", "json: unsupported value: +Inf", 3);
    refused("a: [!x, 1]\n", "yaml: did not find expected whitespace or line break", 6);
    refused("a: \"\\", "yaml: found unknown escape character", 4);
    refused("a: {b: \"c\"!x,}\n", "yaml: did not find expected whitespace or line break", 12);
    same("a: ['!x, 1']\n", r#"{"a":["!x, 1"]}"#);
    same("a: b\\", r#"{"a":"b\\"}"#);
    same("a: \"it\\'s \\'\"\nb: 'it\\'\nc: \"\\'\" # \\'\n", r#"{"a":"it's '","b":"it\\","c":"'"}"#);
}

#[test]
fn a_mistake_s_place_is_a_whole_character() {
    let text = "a: *파드\n";
    let span = load(text.as_bytes()).unwrap_err().span;
    assert_eq!(&text[span.start as usize..span.end as usize], "파");
}

#[test]
fn a_block_may_end_the_file_in_any_way() {
    for (text, json) in [
        ("a: |\n  b", r#"{"a":"b"}"#),
        ("a: |\n  b\n", r#"{"a":"b\n"}"#),
        ("a: |\n  b\n  ", r#"{"a":"b\n"}"#),
        ("a: |\n  b\n   ", r#"{"a":"b\n "}"#),
        ("a: |+\n  b\n ", r#"{"a":"b\n"}"#),
        ("a: |-\n  b", r#"{"a":"b"}"#),
        ("a: >\n  b\n  c", r#"{"a":"b c"}"#),
        ("a: |", r#"{"a":""}"#),
        ("a: |\n", r#"{"a":""}"#),
        ("a: |\n  ", r#"{"a":""}"#),
        ("a: '|'", r#"{"a":"|"}"#),
    ] {
        same(text, json);
    }
    refused("a: [!x, |\n 1]", "yaml: did not find expected whitespace or line break", 6);
}

#[test]
fn what_is_dropped_is_noted() {
    let loaded = load(b"a: 1\na: 2\n---\nb: 1\n").unwrap();
    assert_eq!(encode(&loaded.root), r#"{"a":2}"#);
    let notes: Vec<_> = loaded.notes.iter().map(|note| (note.code, note.span.unwrap().start)).collect();
    assert_eq!(notes, [(Code::DuplicateKey, 5), (Code::SecondDocument, 10)]);
    let notes = load(b"--- {yes: 1, 010: 2, 9: 3, 'no': 4}\n").unwrap().notes;
    let messages: Vec<_> = notes.iter().map(|note| note.message.as_str()).collect();
    assert_eq!(messages, ["YAML reads the key `yes` as `true`", "YAML reads the key `010` as `8`"]);
}

#[test]
fn no_text_panics() {
    const TEXT: &str =
        "a: &x {k: [1, \"q\\n\"], l: 'é'}\nb: !!str |\n  text\n  한\nc:\n- <<: *x\n- ? k\n  : > \n   v\n";
    const INSERTS: [&str; 24] = [
        "",
        "\\",
        "\"",
        "'",
        "!a,",
        "[!t,x]",
        "|\n",
        "|9",
        ">-\n ",
        "%",
        "%TAG ! !\n",
        "\u{feff}",
        "\u{85}",
        "\u{2028}",
        "&a",
        "*a",
        "? ",
        "- ",
        "{",
        "]",
        "\t",
        "\r",
        "\"\\x4",
        "!<a",
    ];
    for at in (0..TEXT.len()).filter(|at| TEXT.is_char_boundary(*at)) {
        for insert in INSERTS {
            let (before, after) = TEXT.split_at(at);
            for text in [format!("{before}{insert}"), format!("{before}{insert}{after}")] {
                if let Err(error) = load(text.as_bytes()) {
                    assert!(error.span.end as usize <= text.len(), "{text}");
                }
            }
        }
    }
}
