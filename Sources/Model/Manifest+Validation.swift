extension Manifest {
    /// Pages that a SQLite database has at most (https://www.sqlite.org/limits.html).
    private static let maximumPageCount: Int64 = 4_294_967_294
    private static let maximumPageSize = 65536
    /// Bytes; room for thousands of recipients.
    private static let maximumHeadSize = 1 << 20

    /// Whether what it says can be so at all: a manifest comes from a store, and its SHA-256 only says that nobody
    /// changed it by accident. Whoever computes with its numbers relies on this.
    ///
    /// - Throws: code `difference`; the message says what cannot be so, and holds nothing that was read from the manifest
    ///   but names that were checked and numbers.
    package func validate() throws(NightjarError) {
        guard let complaint = identityComplaint ?? sourceComplaint ?? objectsComplaint ?? tablesComplaint else {
            return
        }
        throw NightjarError(.difference, complaint)
    }

    private var identityComplaint: String? {
        if formatVersion < 1 { return "it has the format version \(formatVersion)" }
        return Self.complaint(aboutID: id, database)
    }

    fileprivate static func complaint(aboutID id: String, _ database: String) -> String? {
        if BackupID(id) == nil { return "its id is not that of a backup" }
        if !BackupKeys.isDatabaseName(database) { return "its database has a name that no database can have" }
        return nil
    }

    private var sourceComplaint: String? {
        guard (0...Self.maximumPageSize).contains(source.pageSize) else { return "pages of \(source.pageSize) bytes" }
        guard (0...Self.maximumPageCount).contains(source.pageCount) else {
            return "a source of \(source.pageCount) pages"
        }
        guard ["zstd", "gzip", "none"].contains(options.compression) else { return "an unknown compression" }
        if let consistency = snapshot.consistency, (consistency.kind == .consistent) != snapshot.consistent {
            return "a snapshot that is consistent and is not"
        }
        return nil
    }

    private var objectsComplaint: String? {
        if options.format.hasObjectPerTable {
            guard objects.count == tables.count else { return "\(objects.count) objects for \(tables.count) tables" }
        } else {
            guard objects.count == 1 else { return "\(objects.count) objects instead of one" }
        }
        return Self.complaint(about: objects, of: id, database)
    }

    fileprivate static func complaint(about objects: [StoredObject], of id: String, _ database: String) -> String? {
        guard Set(objects.map(\.key)).count == objects.count else { return "two objects of one name" }
        var sum: Int64 = 0
        for (index, object) in objects.enumerated() {
            guard isOwnKey(object.key, of: id, database) else {
                return "its object number \(index + 1) has a name that is not one of this backup"
            }
            if let complaint = complaint(about: object) { return complaint }
            let (next, isTooLarge) = sum.addingReportingOverflow(max(object.size, object.uncompressedSize))
            guard !isTooLarge else { return "objects that are larger than can be counted" }
            sum = next
        }
        return nil
    }

    private static func complaint(about object: StoredObject) -> String? {
        if let crc = object.crc32, crc.utf8.count != 8 || Hex.decode(crc) == nil {
            return "\(object.key) has a CRC-32 that is not eight hexadecimal digits"
        }
        guard object.size >= 0, object.uncompressedSize >= 0 else { return "\(object.key) has a negative size" }
        guard !object.parts.isEmpty else { return "\(object.key) has no parts" }
        if let head = object.head {
            guard head.size > 0, head.size <= maximumHeadSize, Int64(head.size) < object.size,
                head.sha256.utf8.count == 64, Hex.decode(head.sha256) != nil
            else { return "\(object.key) has a beginning that no encrypted object has" }
        }
        var sum: Int64 = 0
        for (index, part) in object.parts.enumerated() {
            guard part.number == index + 1 else {
                return "\(object.key) has part \(part.number) where part \(index + 1) should be"
            }
            guard part.size > 0 || (part.size == 0 && object.size == 0 && object.parts.count == 1) else {
                return "part \(part.number) of \(object.key) has \(part.size) bytes"
            }
            let isHash = part.sha256.utf8.count == 64 && Hex.decode(part.sha256) != nil
            guard isHash else { return "part \(part.number) of \(object.key) has no SHA-256" }
            let (next, isTooLarge) = sum.addingReportingOverflow(part.size)
            guard !isTooLarge, next <= object.size else {
                return "the parts of \(object.key) are larger than its \(object.size) bytes"
            }
            sum = next
        }
        guard sum == object.size else { return "the parts of \(object.key) have \(sum) of its \(object.size) bytes" }
        return nil
    }

    private var tablesComplaint: String? {
        var names: Set<SQLText> = []
        var rows: Int64 = 0
        for (index, table) in tables.enumerated() {
            let place = "its table number \(index + 1)"
            guard table.rows >= 0, table.changedRows >= 0 else { return "\(place) has a negative number of rows" }
            let (next, isTooLarge) = rows.addingReportingOverflow(table.rows)
            guard !isTooLarge else { return "more rows than can be counted" }
            rows = next
            let isInItsObject = options.format.hasObjectPerTable ? table.object == index : table.object == nil
            guard isInItsObject else { return "\(place) lies in another object than its own" }
            guard object(of: table).contains(table.range) else { return "\(place) lies outside of the dump" }
            // SQLite compares names so.
            guard names.insert(table.name.folded).inserted else { return "\(place) has the name of another one" }
        }
        return nil
    }

    /// Whether `key` is a plain name of a backup's: not its manifest, and nothing that leads elsewhere.
    private static func isOwnKey(_ key: String, of id: String, _ database: String) -> Bool {
        guard let backup = BackupID(id) else { return false }
        guard
            BackupKeys(database: database, id: backup).owns(key)
                || BackupKeys(exportOf: database, id: backup).owns(key)
        else { return false }
        // Control characters have no place in a name that people get to see.
        return key.unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) }
            && key.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).allSatisfy { component in
                !component.isEmpty && !component.elementsEqual(".".utf8) && !component.elementsEqual("..".utf8)
            }
    }
}

extension SealedManifest {
    /// As `Manifest.validate`.
    package func validate() throws(NightjarError) {
        let complaint =
            Manifest.complaint(aboutID: id, database) ?? Manifest.complaint(about: objects, of: id, database)
        if let complaint { throw NightjarError(.difference, complaint) }
    }
}

extension Manifest.StoredObject {
    fileprivate func contains(_ range: Manifest.ByteRange) -> Bool {
        range.offset >= 0 && range.length >= 0 && range.offset <= uncompressedSize
            && range.length <= uncompressedSize - range.offset
    }
}

extension BackupKeys {
    /// Whether a configuration can have a database of this name: up to 100 ASCII letters, digits, dots, underscores and
    /// dashes, beginning with a letter or a digit. Anything else in a store is not Nightjar's.
    package static func isDatabaseName(_ name: String) -> Bool {
        let bytes = Array(name.utf8)
        guard let first = bytes.first, bytes.count <= 100, isLetterOrDigit(first) else { return false }
        return bytes.allSatisfy { isLetterOrDigit($0) || [0x2D, 0x2E, 0x5F].contains($0) }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: false
        }
    }
}
