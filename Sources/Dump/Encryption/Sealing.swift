import Age
import Model

/// Encrypts small documents for a run's recipients.
package struct Sealing: Sendable {
    package let recipients: [AgeRecipient]
    /// With it the run can open what it has written; nil where nobody is to but the recipients.
    package let key: RunKey?

    package init(recipients: [AgeRecipient], key: RunKey?) {
        self.recipients = recipients
        self.key = key
    }

    /// A file in the age format.
    /// - Parameter name: The key under which the document lies in the store.
    package func seal(_ document: [UInt8], as name: String) throws -> [UInt8] {
        try AgeFile.encrypt(document, key?.fileKey(of: name) ?? AgeFileKey(), for: recipients)
    }

    /// A manifest of which strangers learn what `SealedManifest` tells.
    package func seal(_ manifest: Manifest, as name: String) throws -> SealedManifest {
        SealedManifest(of: manifest, sealed: try seal(ManifestDocument.encode(manifest), as: name))
    }
}
