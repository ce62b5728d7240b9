//! provisioning.
