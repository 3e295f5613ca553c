import Age
import Crypto
import FoundationEssentials
import Model
import Settings
import Storage

/// The configuration as it is kept beside the backups, without its secrets: with it and the bucket's credentials a burnt
/// machine is rebuilt.
///
/// Where backups are encrypted it is so too, for all their recipients.
package struct KeptConfiguration: Sendable, Codable, Equatable {
    package static let format = 1

    package var formatVersion = Self.format
    /// The appliance's id.
    package var appliance: String
    package var host: String
    /// `nightjar` and its version.
    package var tool: String
    package var writtenAt: Timestamp
    package var stateDirectory: String
    /// The locations of stores that the appliance has written to.
    package var claimed: [String]
    /// For whom it is encrypted; empty for everybody.
    package var recipients: [String]
    /// The name of the store in which it lies.
    package var store: String
    /// The main file's path.
    package var main: String
    /// The main file, and those that it includes.
    package var files: [ConfigurationSource]

    package init(
        appliance: String, host: String, tool: String, writtenAt: Timestamp, stateDirectory: String,
        claimed: [String], recipients: [String], store: String, main: String, files: [ConfigurationSource]
    ) {
        self.appliance = appliance
        self.host = host
        self.tool = tool
        self.writtenAt = writtenAt
        self.stateDirectory = stateDirectory
        self.claimed = claimed
        self.recipients = recipients
        self.store = store
        self.main = main
        self.files = files
    }

    // MARK: Its names

    /// What the names of all of them begin with.
    static let prefix = "appliance/configuration_"
    private static let encryptedSuffix = ".json.age"
    private static let suffix = ".json"

    /// `appliance/configuration_20260301-120000_0123456789abcdef.json`: the newest comes last.
    var key: String {
        "\(Self.prefix)\(writtenAt.compact)_\(digest)\(recipients.isEmpty ? Self.suffix : Self.encryptedSuffix)"
    }

    /// When one of that name was written; nil where it has another form.
    static func time(of key: String) -> Timestamp? { Timestamp(String(key.dropFirst(prefix.count).prefix(15))) }

    /// Of what is kept, whenever that was.
    var digest: String {
        var timeless = self
        timeless.writtenAt = Timestamp(seconds: 0)
        let bytes = (try? JSONText.encoder.encode(timeless)) ?? Data()
        return String(Hex.encode(SHA256.hash(data: bytes)).prefix(16))
    }

    /// The digest in a name; nil where it has another form.
    static func digest(of key: String) -> String? {
        key.split(separator: "_").last?.split(separator: ".").first.map { String($0) }
    }

    static func isKey(_ key: String) -> Bool {
        key.hasPrefix(prefix) && (key.hasSuffix(suffix) || key.hasSuffix(encryptedSuffix))
    }

    static func isEncrypted(_ key: String) -> Bool { key.hasSuffix(encryptedSuffix) }

    // MARK: Its bytes

    /// For its recipients, or for everybody where there are none.
    func document() throws -> [UInt8] {
        let bytes = Array(try JSONText.encoder.encode(self)) + [UInt8(ascii: "\n")]
        return recipients.isEmpty ? bytes : try AgeFile.encrypt(bytes, for: recipients.map { try AgeRecipient($0) })
    }

    /// - Parameter identities: Those that may open it.
    /// - Throws: `NightjarError` code `encrypted` where none of them does, `difference` where it is not what Nightjar writes,
    ///   `configuration` where a newer one wrote it.
    init(_ document: [UInt8], name: String, identities: [AgeIdentity]) throws(NightjarError) {
        var bytes = document
        if Self.isEncrypted(name) {
            guard !identities.isEmpty else {
                throw NightjarError(
                    .encrypted, "\(name) is encrypted", hint: "Say which identity opens it: --identity FILE")
            }
            do {
                bytes = try AgeFile.decrypt(bytes, with: identities)
            } catch {
                throw NightjarError(
                    .encrypted, "\(name) cannot be opened: \(error)",
                    hint: "Say which identity opens it: --identity FILE", cause: error)
            }
        }
        // Before all else: what a newer one wrote may have another form.
        if let form = try? JSONText.decoder.decode(Form.self, from: Data(bytes)), form.formatVersion > Self.format {
            throw NightjarError(
                .configuration, "\(name) has format version \(form.formatVersion), newer than ours",
                hint: "Use the Nightjar that wrote it\(form.tool.map { ": \($0)" } ?? ".")")
        }
        do {
            self = try JSONText.decoder.decode(KeptConfiguration.self, from: Data(bytes))
        } catch {
            throw NightjarError(
                .difference, "\(name) is not a configuration that Nightjar kept",
                hint: "Look at what else is there below \(Self.prefix)", cause: error)
        }
    }

    /// What of it all versions have.
    private struct Form: Decodable {
        var formatVersion: Int
        var tool: String?
    }
}
