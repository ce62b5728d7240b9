//! Whom the SDK believes to be AWS: the roots of Amazon Trust Services, which every endpoint of AWS
//! has its certificate from, and no other. Reading a system's hundred and more roots would be most
//! of what a start takes. It must never know what is called.

use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_http_client::{Builder, ConnectorBuilder, HttpClientError};
use aws_smithy_runtime_api::client::http::SharedHttpClient;

/// The roots, each under its SHA-256 fingerprint.
const ROOTS: &[u8] = include_bytes!("amazon_roots.pem");

/// Makes the SDK's own HTTP client, with these roots or those of `bundle` in their place. There is no
/// falling back on others.
pub(crate) fn client(bundle: Option<Vec<u8>>) -> Result<SharedHttpClient, HttpClientError> {
    let roots = bundle.unwrap_or_else(|| ROOTS.to_vec());
    let roots = TrustStore::empty().with_pem_certificate(roots);
    let context = TlsContext::builder().with_trust_store(roots).build()?;
    Ok(
        Builder::new().build_with_connector_fn(move |settings, components| {
            let mut connector = ConnectorBuilder::default()
                .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
                .tls_context(context.clone());
            connector.set_connector_settings(settings.cloned());
            if let Some(components) = components {
                connector.set_sleep_impl(components.sleep_impl());
            }
            connector.set_proxy_config(Some(ProxyConfig::from_env()));
            connector.build()
        }),
    )
}

#[cfg(test)]
mod tests {
    use super::{ROOTS, client};

    #[test]
    fn the_roots_are_read() {
        let text = std::str::from_utf8(ROOTS).unwrap();
        assert_eq!(text.matches("-----BEGIN CERTIFICATE-----").count(), 5);
        assert_eq!(text.matches("# SHA-256 ").count(), 5);
        assert!(format!("{:?}", client(None).unwrap()).contains("HttpClient"));
    }
}
