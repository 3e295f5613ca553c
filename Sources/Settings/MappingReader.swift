import YAML

/// A mapping of which only known keys are left.
struct MappingReader {
    /// The value that the mapping is.
    let owner: NodeReader
    /// In the order of the file.
    let entries: [NodeReader]

    /// The value of a key that may be left out.
    subscript(_ key: String) -> NodeReader? {
        entries.first { $0.key == key }
    }

    /// The value of a key that must be there.
    func required(_ key: String, hint: String? = nil) -> NodeReader? {
        if let entry = self[key] { return entry }
        complainMissing("`\(key)` is missing", hint: hint)
        return nil
    }

    /// Notes that the mapping lacks something, at the key that it belongs to.
    func complainMissing(_ message: String, hint: String? = nil) {
        owner.complain("`\(owner.key)`: \(message)", hint: hint, at: owner.keyMark)
    }
}
