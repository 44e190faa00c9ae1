//! Painting of landscapes with text.

mod canvas;
mod caption;
mod encode;
mod noise;
mod palette;
mod render;
mod scene;
mod text_layout;
mod thumbnails;

pub use render::render;
