//! Saves images; the target is checked before anything is billed.

use std::path::{Path, PathBuf};

use toapis::{CompletedTask, SavedImage};

use crate::args::WaitArgs;
use crate::cli_error::{CliError, Result};
use crate::console::Console;
use crate::json_output::ImageDocument;

/// A target on disk that can be written.
#[derive(Debug)]
pub(crate) struct Output {
    target: Target,
    force: bool,
}

#[derive(Debug)]
enum Target {
    /// A file; several images get numbered names.
    File(PathBuf),
    /// A directory: files are named after the task.
    Directory(PathBuf),
}

impl Output {
    /// Checks the target of `-o`, if given: its directory exists and is writable, and no file
    /// would be overwritten.
    ///
    /// # Errors
    ///
    /// A usage error with a hint.
    pub(crate) fn check(args: &WaitArgs, images: usize) -> Result<Option<Self>> {
        let Some(path) = &args.output else {
            return Ok(None);
        };
        let target = if path.is_dir() {
            Target::Directory(path.clone())
        } else if path.file_name().is_none() || ends_with_separator(path) {
            return Err(missing_directory(path));
        } else {
            Target::File(path.clone())
        };
        let output = Self {
            target,
            force: args.force,
        };
        let directory = output.directory();
        if !directory.is_dir() {
            return Err(missing_directory(directory));
        }
        // Permissions, quotas and read-only file systems show only when a file is written.
        tempfile::tempfile_in(directory).map_err(|error| {
            CliError::usage(format!(
                "cannot write to directory `{}`",
                directory.display()
            ))
            .caused_by(&error)
            .hint("Choose another directory with `-o`; nothing was sent.")
        })?;
        if let Target::File(_) = output.target {
            for index in 0..images {
                output.check_overwrite(&with_suffix(path, &number_suffix(index, images)))?;
            }
        }
        Ok(Some(output))
    }

    /// Downloads the images; each file is complete or does not exist.
    ///
    /// # Errors
    ///
    /// The first image that cannot be saved; earlier files remain.
    pub(crate) async fn save(
        &self,
        console: Console,
        completed: &CompletedTask,
    ) -> Result<Vec<ImageDocument>> {
        let images = completed.images();
        let mut documents = Vec::with_capacity(images.len());
        for (index, image) in images.iter().enumerate() {
            let suffix = number_suffix(index, images.len());
            let download = match &self.target {
                Target::File(path) => image.save(with_suffix(path, &suffix)),
                Target::Directory(directory) => image.save_in(
                    directory,
                    format!("{}{suffix}", file_stem(completed.id().as_str())),
                ),
            };
            let saved = download.overwrite(self.force).await?;
            console.status(format!(
                "saved {} ({}, {} bytes)",
                saved.path.display(),
                saved.format,
                saved.size
            ));
            note_extension(console, &saved);
            documents.push(ImageDocument {
                url: image.url().to_owned(),
                path: Some(saved.path.display().to_string()),
                media_type: Some(saved.format.media_type().to_owned()),
                bytes: Some(saved.size),
                sha256: Some(saved.sha256_hex()),
            });
        }
        Ok(documents)
    }

    /// # Errors
    ///
    /// A usage error if the file exists and `--force` is missing.
    fn check_overwrite(&self, path: &Path) -> Result<()> {
        if self.force || !path.exists() {
            return Ok(());
        }
        Err(
            CliError::usage(format!("`{}` already exists", path.display()))
                .hint("Add `--force` to overwrite it or choose another name; nothing was sent."),
        )
    }

    fn directory(&self) -> &Path {
        match &self.target {
            Target::Directory(directory) => directory,
            Target::File(path) => match path.parent() {
                Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
                Some(parent) => parent,
                None => Path::new("."),
            },
        }
    }
}

/// Returns `-1`, `-2` and so on, or nothing for a single image.
fn number_suffix(index: usize, images: usize) -> String {
    if images > 1 {
        format!("-{}", index + 1)
    } else {
        String::new()
    }
}

/// Inserts a suffix before the extension: `cat.png` with `-2` is `cat-2.png`.
fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.file_stem().unwrap_or_default().to_owned();
    name.push(suffix);
    if let Some(extension) = path.extension() {
        name.push(".");
        name.push(extension);
    }
    path.with_file_name(name)
}

/// Prints a note if the content has another format than the extension says.
fn note_extension(console: Console, saved: &SavedImage) {
    let Some(extension) = saved.path.extension() else {
        return;
    };
    let expected = extension.to_string_lossy().to_ascii_lowercase();
    let expected = if expected == "jpeg" {
        "jpg"
    } else {
        expected.as_str()
    };
    if expected != saved.format.extension() {
        console.status(format!(
            "note: `{}` contains {} data despite its extension",
            saved.path.display(),
            saved.format
        ));
    }
}

fn missing_directory(directory: &Path) -> CliError {
    CliError::usage(format!(
        "directory `{}` does not exist",
        directory.display()
    ))
    .hint("Create it or choose another one with `-o`; nothing was sent.")
}

fn ends_with_separator(path: &Path) -> bool {
    path.as_os_str()
        .as_encoded_bytes()
        .last()
        .is_some_and(|last| std::path::is_separator(char::from(*last)))
}

/// Returns a file stem for a task id; the service chooses ids, so unsafe characters are replaced.
fn file_stem(task: &str) -> String {
    let name: String = task
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || c == '_' || c == '-' {
                c
            } else {
                '_'
            }
        })
        .take(100)
        .collect();
    if name.is_empty() {
        "image".to_owned()
    } else {
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit_status::ExitStatus;

    #[test]
    fn several_images_are_numbered_before_the_extension() {
        for (index, images, expected) in [
            (0, 1, "a/cat.v2.png"),
            (0, 2, "a/cat.v2-1.png"),
            (1, 2, "a/cat.v2-2.png"),
        ] {
            let path = with_suffix(Path::new("a/cat.v2.png"), &number_suffix(index, images));
            assert_eq!(path, Path::new(expected));
        }
    }

    #[test]
    fn file_named_after_a_task_stays_in_its_directory() {
        assert_eq!(file_stem("../x y"), "___x_y");
        assert_eq!(file_stem(""), "image");
    }

    #[test]
    fn missing_directory_and_existing_file_are_usage_errors() {
        let temp = tempfile::tempdir().unwrap();
        let taken = temp.path().join("cat-2.png");
        std::fs::write(&taken, "old").unwrap();
        for (name, force, images, expected) in [
            ("no/cat.png", false, 1, Err(ExitStatus::Usage)),
            ("no/", false, 1, Err(ExitStatus::Usage)),
            ("cat.png", false, 1, Ok(())),
            // The numbered names must be free, not the given one.
            ("cat.png", false, 2, Err(ExitStatus::Usage)),
            ("cat.png", true, 2, Ok(())),
        ] {
            let args = WaitArgs {
                output: Some(temp.path().join(name)),
                force,
                timeout: None,
                poll_interval: None,
            };
            let result = Output::check(&args, images);
            assert_eq!(
                result.map(drop).map_err(|e| e.exit()),
                expected,
                "{name} {images}"
            );
        }
    }
}
