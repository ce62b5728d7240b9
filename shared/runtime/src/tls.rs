//! Whom the SDK believes to be AWS: the roots of Amazon Trust Services, which every endpoint of AWS
//! has its certificate from, and no other. Reading a system's hundred and more roots would be most
//! of what a start takes. It must never know what is called.

use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_http_client::{Builder, Connector, ConnectorBuilder};
use aws_smithy_runtime_api::client::http::{HttpConnectorSettings, SharedHttpClient};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;

/// The roots, each under its SHA-256 fingerprint.
const ROOTS: &str = include_str!("amazon_roots.pem");

/// What a certificate begins with (RFC 7468 §5.1).
const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----";

/// Makes the SDK's own HTTP client, with these roots or those of `bundle` in their place. There is no
/// falling back on others.
pub(crate) fn client(
    bundle: Option<&str>,
) -> Result<SharedHttpClient, Box<dyn std::error::Error + Send + Sync>> {
    let roots = bundle.unwrap_or(ROOTS);
    if !roots.contains(CERTIFICATE) {
        return Err("there is no certificate in it".into());
    }
    let roots = TrustStore::empty().with_pem_certificate(roots.as_bytes());
    let context = TlsContext::builder().with_trust_store(roots).build()?;
    Ok(
        Builder::new().build_with_connector_fn(move |settings, components| {
            connector(context.clone(), settings, components)
        }),
    )
}

fn connector(
    context: TlsContext,
    settings: Option<&HttpConnectorSettings>,
    components: Option<&RuntimeComponents>,
) -> Connector {
    let mut connector = ConnectorBuilder::default()
        .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
        .tls_context(context);
    connector.set_connector_settings(settings.cloned());
    if let Some(components) = components {
        connector.set_sleep_impl(components.sleep_impl());
    }
    connector.set_proxy_config(Some(ProxyConfig::from_env()));
    connector.build()
}

#[cfg(test)]
mod tests {
    use aws_smithy_http_client::tls::{TlsContext, TrustStore};

    use super::{CERTIFICATE, ROOTS, connector};

    #[test]
    fn the_roots_are_read() {
        assert_eq!(ROOTS.matches(CERTIFICATE).count(), 5);
        assert_eq!(ROOTS.matches("# SHA-256 ").count(), 5);
        let roots = TrustStore::empty().with_pem_certificate(ROOTS.as_bytes());
        let context = TlsContext::builder().with_trust_store(roots).build();
        // Roots that are not understood panic here.
        let _connector = connector(context.unwrap(), None, None);
    }
}
