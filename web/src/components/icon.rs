//! Small drawings for buttons.

use yew::prelude::*;

/// Which drawing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icon {
    /// Let time pass.
    Play,
    /// Hold time.
    Pause,
    /// One step on.
    Step,
    /// Something new.
    Plus,
    /// From a person's disk.
    Upload,
    /// Another name.
    Pencil,
    /// Delete, or close.
    Cross,
    /// Again.
    Loop,
    /// A page.
    Page,
    /// A hull.
    Hull,
    /// Lines of text.
    Lines,
    /// A chain of causes.
    Chain,
}

/// The drawing, in the text's colour; never alone without a label.
pub fn icon(which: Icon) -> Html {
    let path = match which {
        Icon::Play => "M4.500 2.500v11l9-5.500z",
        Icon::Pause => "M4 3h3v10H4zM9 3h3v10H9z",
        Icon::Step => "M4 3v10l6-5zM12.500 3v10",
        Icon::Plus => "M8 3v10M3 8h10",
        Icon::Upload => "M8 11V2.500M4.500 6 8 2.500 11.500 6M3 10.500v3h10v-3",
        Icon::Pencil => "M3 13l.800-3.200L10.600 3l2.400 2.400-6.800 6.800zM9 4.600 11.400 7",
        Icon::Cross => "m3.500 3.500 9 9M12.500 3.500l-9 9",
        Icon::Loop => "M13 8a5 5 0 1 1-1.600-3.700M12 1v4H8",
        Icon::Page => "M3.500 1.500h6l3 3v10h-9zM6 8h4M6 11h4",
        Icon::Hull => "M2 3h12v4c0 1.500-1 3-3 3H5C3 10 2 8.500 2 7zM1 12.500h14",
        Icon::Lines => "M1.500 4h13M1.500 8h9M1.500 12h11",
        Icon::Chain => {
            "M4 5.300v5.400M8 3.500h6M8 12.500h6M2.200 3.500a1.800 1.800 0 1 0 3.600 0 1.800 1.800 0 1 0-3.600 0M2.200 12.500a1.800 1.800 0 1 0 3.600 0 1.800 1.800 0 1 0-3.600 0"
        }
    };
    let solid = matches!(which, Icon::Play | Icon::Pause).then_some("solid");
    html! { <svg class={classes!("i", solid)} viewBox="0 0 16 16" aria-hidden="true"><path d={path} /></svg> }
}
