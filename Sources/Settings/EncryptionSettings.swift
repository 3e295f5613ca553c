import Age
import Model
import YAML

/// How a database's backups are encrypted.
package struct EncryptionSettings: Sendable, Equatable {
    /// Whoever of them has the identity can open all of it. At least one.
    package let recipients: [AgeRecipient]
    /// With them this appliance can, too; empty where it is not to.
    package let identities: [AgeIdentity]

    package init(recipients: [AgeRecipient], identities: [AgeIdentity] = []) {
        self.recipients = recipients
        self.identities = identities
    }

    /// `encrypted for 2 recipients, without an identity to open it again`.
    package var words: String {
        let words = "encrypted for \(CountText.format(Int64(recipients.count), "recipient"))"
        return identities.isEmpty ? "\(words), without an identity to open it again" : words
    }
}

extension NodeReader {
    /// `{recipients: [age1…], identity: …}`.
    func encryption() -> EncryptionSettings? {
        let what = "{recipients: [age1…], identity: {credential: age-key}}, or off"
        guard let mapping = self.mapping(what, keys: ["recipients", "identity"]) else { return nil }
        let hint = "recipients: [age1…], which `age-keygen` prints beside the key that it makes"
        let recipients = mapping.required("recipients", hint: hint)?.recipients()
        var identities: [AgeIdentity]? = []
        if let reader = mapping["identity"] { identities = reader.identities() }
        guard let recipients, let identities else { return nil }
        if let reader = mapping["identity"], !identities.contains(where: { recipients.contains($0.recipient) }) {
            reader.complain(
                "`identity`: it is of none of the recipients, so it could open nothing",
                hint: "add its recipient, which `age-keygen -y` prints")
            return nil
        }
        return EncryptionSettings(recipients: recipients, identities: identities)
    }

    private func recipients() -> [AgeRecipient]? {
        guard let items = oneOrMore("a list of recipients, age1…") else { return nil }
        var recipients: [AgeRecipient] = []
        for item in items {
            guard let text = item.text("a recipient, age1…") else { return nil }
            do throws(AgeError) {
                let recipient = try AgeRecipient(text)
                guard !recipients.contains(recipient) else {
                    item.complain("`\(key)`: \(recipient) stands there twice")
                    return nil
                }
                recipients.append(recipient)
            } catch {
                item.complain("`\(key)`: \(error)")
                return nil
            }
        }
        return recipients
    }

    /// Those of a file as age-keygen writes it.
    private func identities() -> [AgeIdentity]? {
        guard let secret = secret(lines: .several) else { return nil }
        do throws(AgeError) {
            switch try AgeIdentityFile(Array(secret.value.utf8)) {
            case .identities(let identities): return identities
            case .encrypted:
                complain(
                    "`identity`: it is behind a passphrase, which nobody can type for a daemon",
                    hint:
                        "leave `identity` out, and give it with --identity where it is needed; or store it without one")
            }
        } catch {
            complain("`identity`: \(error)")
        }
        return nil
    }
}
