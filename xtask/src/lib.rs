//! The commands of this workspace as functions.
