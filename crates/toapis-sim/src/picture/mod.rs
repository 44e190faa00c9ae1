//! Pictures that look like something: a landscape by seed, with the request written on it, at the true size.
//!
//! The service is sold by the look of its pictures, the simulator is not: what its pictures must do is prove that
//! *this* request became *this* file. So the prompt, the model, the size and the seed stand on them in type, the
//! pixels are exactly as many as asked for, and the same [`Order`] gives the same bytes every time.

mod canvas;
mod caption;
mod encode;
mod noise;
mod order;
mod palette;
mod render;
mod scene;
mod thumb;
mod typeset;

pub use encode::Format;
pub use order::Order;
pub use render::render;
