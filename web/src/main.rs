//! The page's entry point.

fn main() {
    standfast_web::start();
}
