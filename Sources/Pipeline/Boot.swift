import FoundationEssentials

/// This start of the machine.
package enum Boot {
    /// Another one after each start (random(4)); nil where the system does not tell.
    package static let id: String? = {
        guard let data = try? Data(contentsOf: URL(filePath: "/proc/sys/kernel/random/boot_id")) else { return nil }
        let id = String(decoding: data, as: UTF8.self).prefix { !$0.isNewline }
        return id.isEmpty ? nil : String(id)
    }()
}
