//! The root: it owns the playground, hands out slices of its screen and takes every message.

use gloo::{
    events::{EventListener, EventListenerOptions},
    render::{AnimationFrame, request_animation_frame},
    utils::window,
};
use standfast_core::time::Time;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, KeyboardEvent};
use yew::prelude::*;

use super::{
    FeedPane,
    age::tenth,
    bar::{Bar, SessionMsg},
    dock::dock,
    inspector::inspector,
    notice::notice_line,
    picture::picture,
    shore::shore,
    transport::Transport,
};
use crate::{
    host::{
        editor,
        prefs::{self, Theme},
        share,
    },
    i18n::Lang,
    model::{Msg, Notice, Past, Place, Playground, Screen, ShareError, Shared, Tab, Timeline},
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
    on_session: Callback<SessionMsg>,
    frame: Option<AnimationFrame>,
    _keys: EventListener,
    _leaving: EventListener,
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
    /// Something with the session as a whole.
    Session(SessionMsg),
    /// A session that was found in the address or in a file.
    Found(Result<Shared, ShareError>),
    /// The page may be about to go.
    Keep,
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
            on_session: link.callback(AppMsg::Session),
            _leaving: listen_to_leaving(link.callback(|()| AppMsg::Keep)),
            on,
        };
        app.on.emit(Msg::PlayPause);
        if share::is_addressed() {
            link.send_future_batch(async {
                share::addressed().await.map(AppMsg::Found).into_iter().collect::<Vec<_>>()
            });
        } else if let Some(shared) = share::kept() {
            app.on.emit(Msg::OpenSession(Box::new(shared)));
            app.on.emit(Msg::Tell(Notice::Resumed));
        }
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
                let screen = self.playground.screen();
                self.frame = (screen.pace.playing() || screen.past.place == Place::OnTheWay)
                    .then(|| ask_for_frame(ctx));
                return changed;
            }
            AppMsg::Session(msg) => self.session(ctx, msg),
            AppMsg::Found(Ok(shared)) => self.on.emit(Msg::OpenSession(Box::new(shared))),
            AppMsg::Found(Err(error)) => self.on.emit(Msg::Tell(Notice::BadSession(error))),
            AppMsg::Keep => share::keep(&self.playground.shared()),
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
                    <Bar lang={self.lang} theme={self.theme} on_lang={&self.on_lang} on_theme={&self.on_theme} on_session={&self.on_session} />
                    <Transport now={tenth(screen.snapshot.now)} playing={screen.pace.playing()} speed={screen.pace.speed()} past={past(screen)} {on} />
                    { shore(&screen.snapshot.nodes, screen.buffer.as_ref(), on, text) }
                    { picture(&screen.snapshot, screen.selected.as_ref(), screen.node.as_ref(), on, text) }
                    { inspector(&screen.snapshot, screen.selected.as_ref(), &screen.feed, on, text) }
                    { feed(screen, on) }
                    { dock(screen.pane, on, text) }
                    { notice_line(screen.notice.as_ref(), on, text) }
                </div>
            </ContextProvider<Lang>>
        }
    }
}

impl App {
    /// Does something with the session as a whole.
    fn session(&self, ctx: &Context<Self>, msg: SessionMsg) {
        match msg {
            SessionMsg::Share => {
                let shared = self.playground.shared();
                ctx.link().send_future_batch(async move {
                    let link = share::link(&shared).await;
                    let Some(link) = link else { return Vec::new() };
                    let copied = share::offer(&link).await;
                    vec![AppMsg::Do(Msg::Tell(Notice::Linked { copied }))]
                });
            }
            SessionMsg::Save => share::save(&self.playground.shared()),
            SessionMsg::Open(file) => ctx.link().send_future(async move {
                let text = gloo::file::futures::read_as_text(&file.into()).await;
                AppMsg::Found(
                    text.map_err(|_| ShareError::Unreadable).and_then(|text| Shared::from_text(&text)),
                )
            }),
            SessionMsg::StartOver => {
                share::forget();
                self.on.emit(Msg::StartOver);
                self.on.emit(Msg::PlayPause);
            }
        }
    }
}

/// A page that is hidden may never be seen again.
fn listen_to_leaving(on: Callback<()>) -> EventListener {
    EventListener::new(&gloo::utils::document(), "visibilitychange", move |_| {
        if gloo::utils::document().hidden() {
            on.emit(());
        }
    })
}

/// What the transport needs to know of the past: it does not count.
fn past(screen: &Screen) -> Past {
    Past { end: Time::ZERO, ..screen.past }
}

/// Only the timeline shows the moment: what else is in its place is not drawn again for it.
fn feed(screen: &Screen, on: &Callback<Msg>) -> Html {
    let shown = screen.tab == Tab::Timeline;
    let (now, end) =
        if shown { (tenth(screen.snapshot.now), tenth(screen.past.end)) } else { (Time::ZERO, Time::ZERO) };
    let timeline = if shown { screen.timeline.clone() } else { Timeline::default() };
    html! {
        <FeedPane feed={screen.feed.clone()} tab={screen.tab} calm={screen.pace.calm()} {timeline} {now} {end}
            selected={screen.selected.clone()} {on} />
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
            let msg = match event.key().as_str() {
                "s" => Msg::Save,
                "z" if !is_typed_into(event) => Msg::Undo,
                "Z" | "y" if !is_typed_into(event) => Msg::Redo,
                _ => return,
            };
            if !event.default_prevented() {
                event.prevent_default();
                on.emit(msg);
            }
            return;
        }
        if event.alt_key() || is_for_an_element(event) {
            return;
        }
        match event.key().as_str() {
            " " => on.emit(Msg::PlayPause),
            "." => on.emit(Msg::Step),
            "," => on.emit(Msg::StepBack),
            "Home" => on.emit(Msg::Seek(Time::ZERO)),
            "End" => on.emit(Msg::Seek(Time::MAX)),
            _ => return,
        }
        event.prevent_default();
    })
}

fn is_for_an_element(event: &KeyboardEvent) -> bool {
    element(event).is_some_and(|element| {
        is_text(&element)
            || matches!(element.tag_name().as_str(), "INPUT" | "SELECT" | "BUTTON" | "SUMMARY" | "A")
    })
}

/// Whether the event is for something that has an undo of its own.
fn is_typed_into(event: &KeyboardEvent) -> bool {
    element(event).is_some_and(|element| {
        is_text(&element) || element.matches("input:not([type=range])").unwrap_or(false)
    })
}

fn is_text(element: &HtmlElement) -> bool {
    element.is_content_editable() || element.tag_name() == "TEXTAREA"
}

fn element(event: &KeyboardEvent) -> Option<HtmlElement> {
    event.target().and_then(|target| target.dyn_into().ok())
}
