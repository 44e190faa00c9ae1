//! A download before it begins, and what it comes to.

use std::fmt;
use std::future::IntoFuture;
use std::path::{Path, PathBuf};

use bytes::{Bytes, BytesMut};
use futures_util::future::BoxFuture;

use super::fetch::{Fetched, Sink, fetch};
use super::file::FileSink;
use crate::error::Error;
use crate::image::Image;
use crate::image_format::ImageFormat;

/// The largest picture that is taken where nothing is said: several times what any model makes.
const MAX_BYTES: u64 = 256 * 1024 * 1024;

/// A download to disk: await it.
///
/// The picture is streamed to a hidden file beside the target, checked (status, length, format, that it is whole), flushed to
/// the disk and then renamed: the target appears whole or not at all. The key is never sent along.
///
/// # Errors
///
/// A dead link; a host that fails, after several tries, each going on where the last one stopped if the host allows; something
/// that is not a picture, or not whole; a file that cannot be written, or is there already.
#[derive(Clone)]
#[must_use = "a download does nothing until it is awaited"]
pub struct Download {
    image: Image,
    target: Target,
    overwrite: bool,
    max_bytes: u64,
}

#[derive(Clone)]
enum Target {
    Path(PathBuf),
    Folder(PathBuf, String),
}

/// A picture that was saved.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SavedImage {
    /// Where it is.
    pub path: PathBuf,
    /// How large it is.
    pub size: u64,
    /// What it is, by its content.
    pub format: ImageFormat,
    /// The SHA-256 of its content.
    pub sha256: [u8; 32],
}

impl SavedImage {
    /// The SHA-256 in lower-case hexadecimal digits.
    #[must_use]
    pub fn sha256_hex(&self) -> String {
        use std::fmt::Write as _;
        self.sha256
            .iter()
            .fold(String::with_capacity(64), |mut text, byte| {
                let _ = write!(text, "{byte:02x}");
                text
            })
    }
}

impl Image {
    /// Saves it under this path, whole or not at all. A file that is there is kept, and the saving fails, unless
    /// [`overwrite`](Download::overwrite) is asked for.
    ///
    /// ```no_run
    /// # async fn f(image: &toapis::Image) -> Result<(), toapis::Error> {
    /// let saved = image.save("cat.png").await?;
    /// println!("{} bytes, {}", saved.size, saved.format);
    /// # Ok(()) }
    /// ```
    #[must_use = "a download does nothing until it is awaited"]
    pub fn save(&self, path: impl AsRef<Path>) -> Download {
        Download::to_path(self.clone(), path.as_ref().to_owned())
    }

    /// Saves it in this folder under this name, with the ending that its content asks for.
    #[must_use = "a download does nothing until it is awaited"]
    pub fn save_in(&self, folder: impl AsRef<Path>, stem: impl Into<String>) -> Download {
        Download::to_folder(self.clone(), folder.as_ref().to_owned(), stem.into())
    }

    /// Fetches it into memory.
    ///
    /// # Errors
    ///
    /// As of [`save`](Self::save), but for files.
    pub async fn bytes(&self) -> Result<Bytes, Error> {
        into_memory(self).await
    }
}

impl Download {
    fn to_path(image: Image, path: PathBuf) -> Self {
        Self {
            image,
            target: Target::Path(path),
            overwrite: false,
            max_bytes: MAX_BYTES,
        }
    }

    fn to_folder(image: Image, folder: PathBuf, stem: String) -> Self {
        Self {
            image,
            target: Target::Folder(folder, stem),
            overwrite: false,
            max_bytes: MAX_BYTES,
        }
    }

    /// Replaces a file that is there. It stays whole until the new one is.
    pub fn overwrite(mut self, overwrite: bool) -> Self {
        self.overwrite = overwrite;
        self
    }

    /// The largest picture to take. Default: 256 MiB.
    pub fn max_bytes(mut self, bytes: u64) -> Self {
        self.max_bytes = bytes;
        self
    }

    async fn run(self) -> Result<SavedImage, Error> {
        let folder = match &self.target {
            Target::Path(path) => path
                .parent()
                .filter(|parent| !parent.as_os_str().is_empty())
                .unwrap_or(Path::new(".")),
            Target::Folder(folder, _) => folder,
        };
        if let (Target::Path(path), false) = (&self.target, self.overwrite) {
            // Told before anything is fetched; the renaming tells it again if the file comes in between.
            FileSink::refuse_existing(path).await?;
        }
        let mut sink = FileSink::beside(folder.to_owned()).await?;
        let fetched = fetch(&self.image, self.max_bytes, &mut sink).await?;
        let path = match self.target {
            Target::Path(path) => path,
            Target::Folder(folder, stem) => {
                folder.join(format!("{stem}.{}", fetched.format.extension()))
            }
        };
        sink.finish(path.clone(), self.overwrite).await?;
        let Fetched {
            bytes,
            format,
            sha256,
        } = fetched;
        Ok(SavedImage {
            path,
            size: bytes,
            format,
            sha256,
        })
    }
}

impl IntoFuture for Download {
    type Output = Result<SavedImage, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

impl fmt::Debug for Download {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Download")
            .field("image", &self.image)
            .field("overwrite", &self.overwrite)
            .finish_non_exhaustive()
    }
}

/// Fetches a picture into memory.
async fn into_memory(image: &Image) -> Result<Bytes, Error> {
    let mut sink = BytesMut::new();
    Box::pin(fetch(image, MAX_BYTES, &mut sink)).await?;
    Ok(sink.freeze())
}

impl Sink for BytesMut {
    async fn write(&mut self, chunk: &Bytes) -> Result<(), Error> {
        self.extend_from_slice(chunk);
        Ok(())
    }

    async fn restart(&mut self) -> Result<(), Error> {
        self.clear();
        Ok(())
    }
}
