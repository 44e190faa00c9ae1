//! toapis-mock.
