/// The names of a dump's objects in its store, below the store's prefix.
package struct DumpKeys: Sendable, Hashable {
    /// The name of the dump's only object; where each table has one of its own, the folder that they are in, with a slash
    /// at its end.
    package let root: String
    /// What follows the table's name, with the dot before it.
    private let suffix: String

    /// - Parameter stem: What all names begin with, up to the extension.
    init(stem: String, _ format: DumpFormat, _ compression: Compression) {
        suffix = ".\(format.fileExtension)\(compression.suffix)"
        root = format.hasObjectPerTable ? "\(stem)\(format.fileExtension)/" : "\(stem)\(suffix.dropFirst())"
    }

    /// Plain files in a folder of their own.
    /// - Parameter database: Names the only file of a dump that has one.
    package init(filesOf database: String, _ format: DumpFormat, _ compression: Compression) {
        suffix = ".\(format.fileExtension)\(compression.suffix)"
        root = format.hasObjectPerTable ? "" : database + suffix
    }

    /// The object that holds the rows of a table.
    package func object(ofTable name: SQLText) -> String {
        Self.isFolder(root) ? root + TableFileName.text(of: name) + suffix : root
    }

    /// Whether a root is that of objects which may be many.
    package static func isFolder(_ root: String) -> Bool { root.isEmpty || root.hasSuffix("/") }
}
