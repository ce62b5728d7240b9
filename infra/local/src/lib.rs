//! The platform on one machine: reads the same template that is deployed and plays what it wires,
//! with the AWS services in process. It must never know what any function does.

pub mod connector;
pub mod data_folder;
pub mod edge;
pub mod fault;
pub mod functions;
pub mod gateway;
pub mod history;
pub mod platform;
pub mod policy;
pub mod seed;
pub mod server;
pub mod services;
pub mod storage;
pub mod template;
