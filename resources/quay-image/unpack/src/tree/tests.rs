use super::*;

fn path(name: &str) -> EntryPath {
    EntryPath::parse(name.as_bytes()).unwrap()
}

/// Places an entry and says what came of it, with the folders made for it.
fn place(tree: &mut Tree, name: &str, wish: Wish, depth: Depth) -> (Vec<String>, &'static str) {
    let placement = tree.place(&path(name), wish, depth).unwrap();
    let folders = placement.folders.iter().map(|folder| tree.path(*folder)).collect();
    let action = match placement.action {
        Action::Hide => "hidden",
        Action::Make { replaced: None, .. } => "made",
        Action::Make { replaced: Some(_), .. } => "replaced",
        Action::Describe(_) => "described",
    };
    (folders, action)
}

const FILE: Wish = Wish::Leaf(Leaf::File);

#[test]
fn the_higher_entry_is_made_and_the_lower_hidden() {
    let mut tree = Tree::new();
    assert_eq!(place(&mut tree, "a/b/c", FILE, 0), (vec!["a".into(), "a/b".into()], "made"));
    assert_eq!(place(&mut tree, "a/b/d", FILE, 0), (vec![], "made"));
    assert_eq!(place(&mut tree, "a/b/c", FILE, 1), (vec![], "hidden"));
    assert_eq!(place(&mut tree, "a/b", Wish::Folder, 1), (vec![], "described"));
    assert_eq!(place(&mut tree, "a/b", Wish::Folder, 2), (vec![], "hidden"));
    assert_eq!(place(&mut tree, "a/b/c/x", FILE, 1), (vec![], "hidden"), "below a higher file");
    assert_eq!(place(&mut tree, "", Wish::Folder, 1), (vec![], "described"), "the root");
}

#[test]
fn a_later_entry_of_the_same_layer_replaces() {
    let mut tree = Tree::new();
    place(&mut tree, "a/b", FILE, 0);
    assert_eq!(place(&mut tree, "a/b", FILE, 0), (vec![], "replaced"));
    assert_eq!(place(&mut tree, "a", FILE, 0), (vec![], "replaced"));
    assert_eq!(place(&mut tree, "a", Wish::Folder, 0), (vec![], "replaced"));
    assert_eq!(place(&mut tree, "a/b", FILE, 0), (vec![], "made"), "what the folder had is forgotten");
}

#[test]
fn folders_that_only_whiteouts_speak_of_are_not_made() {
    let mut tree = Tree::new();
    tree.remove(&path("a/b/gone"), 0).unwrap();
    assert_eq!(place(&mut tree, "a/b/gone", FILE, 1), (vec!["a".into(), "a/b".into()], "hidden"));
    assert_eq!(place(&mut tree, "a/b/kept", FILE, 1), (vec![], "made"));
    tree.remove(&path("c/gone"), 0).unwrap();
    assert_eq!(place(&mut tree, "c", FILE, 1), (vec![], "made"), "a file in the folder's place");
}

#[test]
fn whiteouts_concern_lower_layers_alone() {
    let mut tree = Tree::new();
    tree.remove(&path("a"), 1).unwrap();
    assert_eq!(place(&mut tree, "a/new", FILE, 1), (vec!["a".into()], "made"));
    assert_eq!(place(&mut tree, "a", Wish::Folder, 2), (vec![], "hidden"), "not even described");
    tree.make_opaque(&path("b"), 1).unwrap();
    assert_eq!(place(&mut tree, "b/old", FILE, 2), (vec!["b".into()], "hidden"));
    assert_eq!(place(&mut tree, "b", Wish::Folder, 2), (vec![], "described"));
}

#[test]
fn paths_do_not_lead_through_files() {
    let mut tree = Tree::new();
    place(&mut tree, "file", FILE, 1);
    let refused =
        |tree: &mut Tree, name: &str, wish, depth| tree.place(&path(name), wish, depth).unwrap_err();
    assert!(matches!(refused(&mut tree, "file/x", FILE, 1), Misplaced::ThroughFile(_)));
    assert_eq!(refused(&mut tree, "", FILE, 1), Misplaced::RootNotFolder);
}

#[test]
fn targets_of_hard_links_are_in_the_layer_or_below() {
    let mut tree = Tree::new();
    place(&mut tree, "higher", FILE, 0);
    tree.remove(&path("removed"), 0).unwrap();
    place(&mut tree, "d/here", FILE, 1);
    place(&mut tree, "device", Wish::Leaf(Leaf::Device), 1);
    let cases = [
        ("higher", Target::Hidden),
        ("higher/x", Target::Hidden),
        ("removed", Target::Hidden),
        ("removed/x", Target::Hidden),
        ("d/here/x", Target::Below),
        ("d/other", Target::Below),
        ("d", Target::Below),
        ("device", Target::Device),
    ];
    for (name, expected) in cases {
        assert_eq!(tree.target(&path(name), 1), expected, "{name}");
    }
    assert!(matches!(tree.target(&path("d/here"), 1), Target::Here(node) if tree.path(node) == "d/here"));
}
