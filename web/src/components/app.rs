//! The root: it owns the playground, hands out slices of its screen and takes every message.

use gloo::{
    events::{EventListener, EventListenerOptions},
    render::{AnimationFrame, request_animation_frame},
    utils::window,
};
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, KeyboardEvent};
use yew::prelude::*;

use super::{
    FeedPane, bar::Bar, dock::dock, inspector::inspector, notice::notice_line, picture::picture,
    shore::shore, transport::Transport,
};
use crate::{
    host::{
        editor,
        prefs::{self, Theme},
    },
    i18n::Lang,
    model::{Msg, Playground},
};

/// How much of a frame the simulation may take, in milliseconds.
const FRAME_BUDGET: f64 = 9.0;
const SEED: u64 = 1;

/// The whole page.
pub struct App {
    playground: Playground,
    lang: Lang,
    theme: Theme,
    on: Callback<Msg>,
    on_lang: Callback<Lang>,
    on_theme: Callback<Theme>,
    frame: Option<AnimationFrame>,
    _keys: EventListener,
}

/// What reaches the root.
#[derive(Debug)]
pub enum AppMsg {
    /// For the playground.
    Do(Msg),
    /// Another language.
    Lang(Lang),
    /// Another theme.
    Theme(Theme),
}

impl Component for App {
    type Message = AppMsg;
    type Properties = ();

    fn create(ctx: &Context<Self>) -> Self {
        let link = ctx.link();
        let (lang, theme) = (prefs::lang(), prefs::theme());
        prefs::show_lang(lang);
        prefs::show_theme(theme);
        let on = link.callback(AppMsg::Do);
        let app = Self {
            playground: Playground::example(SEED),
            lang,
            theme,
            frame: None,
            _keys: listen_to_keys(on.clone()),
            on_lang: link.callback(AppMsg::Lang),
            on_theme: link.callback(AppMsg::Theme),
            on,
        };
        app.on.emit(Msg::PlayPause);
        if is_narrow() {
            app.on.emit(Msg::Select(None));
        }
        app
    }

    fn update(&mut self, ctx: &Context<Self>, msg: AppMsg) -> bool {
        match msg {
            AppMsg::Do(msg) => {
                let start = milliseconds();
                let changed = self.playground.update(msg, &mut || milliseconds() - start > FRAME_BUDGET);
                self.frame = self.playground.screen().pace.playing().then(|| ask_for_frame(ctx));
                return changed;
            }
            AppMsg::Lang(lang) => {
                self.lang = lang;
                prefs::set_lang(lang);
            }
            AppMsg::Theme(theme) => {
                self.theme = theme;
                prefs::set_theme(theme);
            }
        }
        true
    }

    fn rendered(&mut self, _ctx: &Context<Self>, first_render: bool) {
        if first_render {
            editor::fetch();
        }
    }

    fn view(&self, _ctx: &Context<Self>) -> Html {
        let screen = self.playground.screen();
        let (on, text) = (&self.on, self.lang.text());
        html! {
            <ContextProvider<Lang> context={self.lang}>
                <div class="app" data-pane={screen.pane.class()} data-inspects={screen.selected.is_some().to_string()}>
                    <Bar lang={self.lang} theme={self.theme} on_lang={&self.on_lang} on_theme={&self.on_theme} />
                    <Transport now={super::age::tenth(screen.snapshot.now)} playing={screen.pace.playing()} speed={screen.pace.speed()} {on} />
                    { shore(&screen.snapshot.nodes, screen.buffer.as_ref(), on, text) }
                    { picture(&screen.snapshot, screen.selected.as_ref(), screen.node.as_ref(), on, text) }
                    { inspector(&screen.snapshot, screen.selected.as_ref(), &screen.feed, on, text) }
                    <FeedPane feed={screen.feed.clone()} tab={screen.tab} calm={screen.pace.calm()} {on} />
                    { dock(screen.pane, on, text) }
                    { notice_line(screen.notice.as_ref(), on, text) }
                </div>
            </ContextProvider<Lang>>
        }
    }
}

fn ask_for_frame(ctx: &Context<App>) -> AnimationFrame {
    let link = ctx.link().clone();
    request_animation_frame(move |millis| link.send_message(AppMsg::Do(Msg::Frame(millis))))
}

/// Whether the inspector would lie over the picture; then nobody begins with it.
fn is_narrow() -> bool {
    window().match_media("(max-width: 1200px)").ok().flatten().is_some_and(|query| query.matches())
}

fn milliseconds() -> f64 {
    window().performance().map_or(0.0, |performance| performance.now())
}

/// Keys that act anywhere but where one types or presses.
fn listen_to_keys(on: Callback<Msg>) -> EventListener {
    let options = EventListenerOptions::enable_prevent_default();
    EventListener::new_with_options(&window(), "keydown", options, move |event| {
        let Some(event) = event.dyn_ref::<KeyboardEvent>() else { return };
        if event.ctrl_key() || event.meta_key() {
            if event.key() == "s" && !event.default_prevented() {
                event.prevent_default();
                on.emit(Msg::Save);
            }
            return;
        }
        if event.alt_key() || is_for_an_element(event) {
            return;
        }
        match event.key().as_str() {
            " " => on.emit(Msg::PlayPause),
            "." => on.emit(Msg::Step),
            _ => return,
        }
        event.prevent_default();
    })
}

fn is_for_an_element(event: &KeyboardEvent) -> bool {
    let Some(target) = event.target().and_then(|target| target.dyn_into::<HtmlElement>().ok()) else {
        return false;
    };
    target.is_content_editable()
        || matches!(target.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT" | "BUTTON" | "SUMMARY" | "A")
}
