//! Where pictures are saved: checked before anything is paid, named when it is known how many there are.

use std::path::{Path, PathBuf};

use toapis::{CompletedTask, SavedImage};

use crate::args::Waiting;
use crate::console::Console;
use crate::documents::ImageDocument;
use crate::exit::Exit;
use crate::failure::{Failure, Result};

/// A place on disk that can take the pictures.
#[derive(Debug)]
pub(crate) struct Output {
    place: Place,
    force: bool,
}

#[derive(Debug)]
enum Place {
    /// The first picture's file; more are numbered beside it.
    File(PathBuf),
    /// A folder: files are named by the task.
    Folder(PathBuf),
}

impl Output {
    /// Checks the place that was asked for, if any: the folder stands and can be written to, and no file is in the way.
    ///
    /// # Errors
    ///
    /// [`Exit::Usage`], each with what to do.
    pub(crate) fn check(waiting: &Waiting, pictures: usize) -> Result<Option<Self>> {
        let Some(path) = &waiting.output else {
            return Ok(None);
        };
        let place = if path.is_dir() {
            Place::Folder(path.clone())
        } else if path.file_name().is_none() || ends_with_separator(path) {
            return Err(no_folder(path));
        } else {
            Place::File(path.clone())
        };
        let output = Self {
            place,
            force: waiting.force,
        };
        let folder = output.folder();
        if !folder.is_dir() {
            return Err(no_folder(folder));
        }
        // Only writing tells whether it can be written to: rights, quotas, a read-only file system.
        tempfile::tempfile_in(folder).map_err(|error| {
            Failure::usage(format!("cannot write to the folder {}", folder.display()))
                .caused_by(&error)
                .hint("Choose another folder with -o; nothing was sent.")
        })?;
        if let Place::File(_) = output.place {
            for index in 0..pictures {
                output.refuse_existing(&with_number(path, &numbered(index, pictures)))?;
            }
        }
        Ok(Some(output))
    }

    /// Saves the pictures, each whole or not at all.
    ///
    /// # Errors
    ///
    /// The first picture that cannot be saved; those before it stay.
    pub(crate) async fn save(
        &self,
        console: Console,
        completed: &CompletedTask,
    ) -> Result<Vec<ImageDocument>> {
        let images = completed.images();
        let mut documents = Vec::with_capacity(images.len());
        for (index, image) in images.iter().enumerate() {
            let number = numbered(index, images.len());
            let download = match &self.place {
                Place::File(path) => image.save(with_number(path, &number)),
                Place::Folder(folder) => image.save_in(
                    folder,
                    format!("{}{number}", file_name_of(completed.id().as_str())),
                ),
            };
            let saved = download.overwrite(self.force).await?;
            console.say(format!(
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
    /// [`Exit::Usage`] when a file is in the way and may not be replaced.
    fn refuse_existing(&self, path: &Path) -> Result<()> {
        if self.force || !path.exists() {
            return Ok(());
        }
        Err(
            Failure::new(Exit::Usage, format!("{} exists already", path.display()))
                .hint("Add --force to replace it, or choose another name; nothing was sent."),
        )
    }

    fn folder(&self) -> &Path {
        match &self.place {
            Place::Folder(folder) => folder,
            Place::File(path) => match path.parent() {
                Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
                Some(parent) => parent,
                None => Path::new("."),
            },
        }
    }
}

/// What tells one picture of many from the others; nothing where there is one.
fn numbered(index: usize, pictures: usize) -> String {
    if pictures > 1 {
        format!("-{}", index + 1)
    } else {
        String::new()
    }
}

/// `cat.png` with `-2` is `cat-2.png`.
fn with_number(path: &Path, number: &str) -> PathBuf {
    let mut name = path.file_stem().unwrap_or_default().to_owned();
    name.push(number);
    if let Some(extension) = path.extension() {
        name.push(".");
        name.push(extension);
    }
    path.with_file_name(name)
}

/// A file name promises a format; the service may have sent another.
fn note_extension(console: Console, saved: &SavedImage) {
    let Some(extension) = saved.path.extension() else {
        return;
    };
    let promised = extension.to_string_lossy().to_ascii_lowercase();
    let promised = if promised == "jpeg" {
        "jpg"
    } else {
        promised.as_str()
    };
    if promised != saved.format.extension() {
        console.say(format!(
            "note: {} holds {}, whatever its name says",
            saved.path.display(),
            saved.format
        ));
    }
}

fn no_folder(folder: &Path) -> Failure {
    Failure::usage(format!("the folder {} does not exist", folder.display()))
        .hint("Make it first, or choose another place with -o; nothing was sent.")
}

fn ends_with_separator(path: &Path) -> bool {
    path.as_os_str()
        .as_encoded_bytes()
        .last()
        .is_some_and(|last| std::path::is_separator(char::from(*last)))
}

/// A task's id is the service's text: only what is harmless in a file name is kept of it.
fn file_name_of(task: &str) -> String {
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
        "picture".to_owned()
    } else {
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting(path: impl Into<PathBuf>, force: bool) -> Waiting {
        Waiting {
            output: Some(path.into()),
            force,
            deadline: None,
            poll: None,
        }
    }

    #[test]
    fn one_picture_keeps_the_name_and_more_are_numbered_before_the_extension() {
        let named =
            |index, pictures| with_number(Path::new("a/cat.v2.png"), &numbered(index, pictures));
        assert_eq!(named(0, 1), Path::new("a/cat.v2.png"));
        assert_eq!(named(0, 2), Path::new("a/cat.v2-1.png"));
        assert_eq!(named(1, 2), Path::new("a/cat.v2-2.png"));
    }

    #[test]
    fn a_file_that_a_task_names_cannot_leave_its_folder() {
        assert_eq!(file_name_of("../x y"), "___x_y");
        assert_eq!(file_name_of(""), "picture");
    }

    #[test]
    fn a_missing_folder_and_a_file_in_the_way_are_found_before_anything_is_sent() {
        let folder = tempfile::tempdir().unwrap();
        let missing =
            Output::check(&waiting(folder.path().join("no/cat.png"), false), 1).unwrap_err();
        assert_eq!(missing.exit(), Exit::Usage);
        let missing = Output::check(&waiting(folder.path().join("no/"), false), 1).unwrap_err();
        assert_eq!(missing.exit(), Exit::Usage);

        // With two pictures it is the numbered names that must be free.
        let taken = folder.path().join("cat-2.png");
        std::fs::write(&taken, "old").unwrap();
        let cat = folder.path().join("cat.png");
        assert!(Output::check(&waiting(&cat, false), 1).is_ok());
        assert_eq!(
            Output::check(&waiting(&cat, false), 2).unwrap_err().exit(),
            Exit::Usage
        );
        assert!(Output::check(&waiting(&cat, true), 2).is_ok());
    }
}
