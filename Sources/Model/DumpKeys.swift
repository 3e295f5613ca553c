/// The names of a dump's objects in its store, below the store's prefix.
package struct DumpKeys: Sendable, Hashable {
    /// The name of the dump's only object; where each table has one of its own, the folder that they are in, with a slash
    /// at its end.
    package let root: String
    /// What follows the table's name, with the dot before it.
    private let suffix: String
    private let isEncrypted: Bool

    /// - Parameter stem: What all names begin with, up to the extension.
    init(stem: String, _ format: DumpFormat, _ compression: Compression, isEncrypted: Bool) {
        self.isEncrypted = isEncrypted
        suffix = ".\(format.fileExtension)\(compression.suffix)\(isEncrypted ? ".age" : "")"
        root = format.hasObjectPerTable ? "\(stem)\(format.fileExtension)/" : "\(stem)\(suffix.dropFirst())"
    }

    /// Plain files in a folder of their own.
    /// - Parameter database: Names the only file of a dump that has one.
    package init(filesOf database: String, _ format: DumpFormat, _ compression: Compression) {
        isEncrypted = false
        suffix = ".\(format.fileExtension)\(compression.suffix)"
        root = format.hasObjectPerTable ? "" : database + suffix
    }

    /// The object that holds the rows of a table. An encrypted one is called by its number, which tells nobody its name.
    /// - Parameter number: Of the table among those of the dump, counted from 0.
    package func object(ofTable name: SQLText, number: Int) -> String {
        guard Self.isFolder(root) else { return root }
        guard isEncrypted else { return root + TableFileName.text(of: name) + suffix }
        let digits = String(number + 1)
        return root + String(repeating: "0", count: max(4 - digits.count, 0)) + digits + suffix
    }

    /// Whether a root is that of objects which may be many.
    package static func isFolder(_ root: String) -> Bool { root.isEmpty || root.hasSuffix("/") }
}
