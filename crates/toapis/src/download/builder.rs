//! Downloads of images: options and results.

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

/// The default maximum size: several times that of the largest known image.
const MAX_BYTES: u64 = 256 * 1024 * 1024;

/// A download to a file. It starts when it is awaited.
///
/// The image is streamed to a hidden file in the same directory, checked (status, length, format,
/// completeness), flushed to disk and renamed: the target is complete or absent. The API key is not
/// sent.
///
/// # Errors
///
/// [`ErrorKind::UrlExpired`](crate::ErrorKind::UrlExpired) if the URL has expired; the error of the
/// file host, after retries that resume the download where possible;
/// [`ErrorKind::CorruptDownload`](crate::ErrorKind::CorruptDownload) if the file is not a complete
/// image; [`ErrorKind::Io`](crate::ErrorKind::Io) if the file cannot be written or exists.
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
    Directory(PathBuf, String),
}

/// A saved image.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SavedImage {
    /// The path of the file.
    pub path: PathBuf,
    /// The size of the file, in bytes.
    pub size: u64,
    /// The format, by the content.
    pub format: ImageFormat,
    /// The SHA-256 of the content.
    pub sha256: [u8; 32],
}

impl SavedImage {
    /// Returns the SHA-256 as lower-case hexadecimal digits.
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
    /// Saves the image as `path`. An existing file is kept and the download fails, unless
    /// [`overwrite`](Download::overwrite) is set.
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

    /// Saves the image in the directory `dir` under the name `stem`, with the extension of its
    /// format.
    #[must_use = "a download does nothing until it is awaited"]
    pub fn save_in(&self, dir: impl AsRef<Path>, stem: impl Into<String>) -> Download {
        Download::to_dir(self.clone(), dir.as_ref().to_owned(), stem.into())
    }

    /// Downloads the image into memory.
    ///
    /// # Errors
    ///
    /// Same as [`save`](Self::save), except for errors of files.
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

    fn to_dir(image: Image, dir: PathBuf, stem: String) -> Self {
        Self {
            image,
            target: Target::Directory(dir, stem),
            overwrite: false,
            max_bytes: MAX_BYTES,
        }
    }

    /// Sets whether an existing file is replaced. It stays complete until the new one is.
    pub fn overwrite(mut self, overwrite: bool) -> Self {
        self.overwrite = overwrite;
        self
    }

    /// Sets the maximum size in bytes. Default: 256 MiB.
    pub fn max_bytes(mut self, bytes: u64) -> Self {
        self.max_bytes = bytes;
        self
    }

    async fn run(self) -> Result<SavedImage, Error> {
        let dir = match &self.target {
            Target::Path(path) => path
                .parent()
                .filter(|parent| !parent.as_os_str().is_empty())
                .unwrap_or(Path::new(".")),
            Target::Directory(dir, _) => dir,
        };
        if let (Target::Path(path), false) = (&self.target, self.overwrite) {
            // Reported before the download. A file that is created meanwhile is found by the
            // rename.
            FileSink::refuse_existing(path).await?;
        }
        let mut sink = FileSink::create_in(dir.to_owned()).await?;
        let fetched = fetch(&self.image, self.max_bytes, &mut sink).await?;
        let path = match self.target {
            Target::Path(path) => path,
            Target::Directory(dir, stem) => {
                dir.join(format!("{stem}.{}", fetched.format.extension()))
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

/// Downloads an image into memory.
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
