//! Images: a landscape from a seed, with the request written on it, in the requested size.
//!
//! An image shows which request it belongs to: it contains the prompt, the model, the size and the
//! seed as text. It has exactly the requested number of pixels, and the same [`ImageSpec`] always
//! gives the same bytes.
//!
//! Without the feature `images`, [`render`] returns an image of a single pixel.

mod format;
#[cfg(feature = "images")]
mod painter;
#[cfg(not(feature = "images"))]
mod placeholder;
mod spec;

pub use format::ImageFormat;
#[cfg(feature = "images")]
pub use painter::render;
#[cfg(not(feature = "images"))]
pub use placeholder::render;
pub use spec::ImageSpec;
