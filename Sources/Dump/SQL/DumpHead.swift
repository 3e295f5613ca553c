import Model

/// The statements that every dump begins with, before its first table.
package struct DumpHead: Sendable {
    private static let first = "PRAGMA foreign_keys=OFF;\n"
    private static let last = "PRAGMA ignore_check_constraints=ON;\nBEGIN TRANSACTION;\n"

    package let text: String

    init(encoding: TextEncoding, pageSize: Int64, autoVacuum: Int64) {
        text =
            Self.first
            + "PRAGMA encoding='\(encoding.pragmaValue)';\n"
            + "PRAGMA page_size=\(pageSize);\nPRAGMA auto_vacuum=\(autoVacuum);\n" + Self.last
    }

    private init() {
        text = Self.first + Self.last
    }

    /// Of a dump of rows alone.
    package static let ofRowsAlone = DumpHead()
    /// What such a dump ends with.
    package static let tailOfRowsAlone = "COMMIT;\nPRAGMA ignore_check_constraints=OFF;\n"

    /// That of a manifest's dump, without a look at the dump.
    package init(of manifest: Manifest) {
        guard manifest.dumpHoldsSchema else {
            self = .ofRowsAlone
            return
        }
        let source = manifest.source
        self.init(
            encoding: TextEncoding(pragmaValue: source.encoding), pageSize: Int64(source.pageSize),
            autoVacuum: Int64(source.autoVacuum))
    }
}
