import Dump
import Model
import Storage

/// The object that holds a dump, read a range at a time.
struct DumpObject: Sendable {
    /// One request is enough for the seek table of nearly every dump.
    private static let tailSize: Int64 = 64 << 10

    let store: any ObjectSource
    /// As it is read.
    let object: Manifest.StoredObject
    /// Whether it was encrypted, and is not as it is read.
    let isDecrypted: Bool
    private let id: String
    private let database: String

    /// - Parameters:
    ///   - object: One of the manifest's.
    ///   - asStored: Whether its stored bytes are wanted, encrypted or not.
    init(_ dump: OpenedDump, _ object: Manifest.StoredObject, asStored: Bool = false) {
        isDecrypted = object.head != nil && !asStored
        store = asStored ? dump.stored : dump.source
        self.object = asStored ? object : dump.plain(object)
        id = dump.manifest.id
        database = dump.manifest.database
    }

    /// The stored bytes of `range`.
    /// - Throws: code `difference` where the object has not the size that the manifest says.
    func bytes(_ range: Range<Int64>) async throws -> [UInt8] {
        do {
            return try await store.get(object.key, range: range).collect(limit: range.count)
        } catch let error as StoreError where error.code == .io {
            // Bytes beyond the end look like a fault of the store's.
            do {
                if let there = try await store.head(object.key), there.size != object.size { throw differs(there) }
            } catch let difference as NightjarError where difference.code == .difference {
                throw difference
            } catch {}
            throw error
        }
    }

    /// - Throws: code `missing` where there is no such object, `difference` where it has another size.
    func checkSize() async throws {
        guard let there = try await store.head(object.key) else {
            throw StoreError(
                .missing, operation: "read", key: object.key, location: store.location,
                reason: "there is no such object", hint: "Older backups: nightjar list \(database)")
        }
        guard there.size == object.size else { throw differs(there) }
    }

    /// The seek table at its end.
    /// - Parameter hint: What a person can do where the table is damaged; nil for what helps a reader.
    /// - Throws: code `difference` where it is damaged.
    func seekTable(hint: String? = nil) async throws -> SeekTable {
        let tail = try await bytes(max(0, object.size - Self.tailSize)..<object.size)
        guard let size = SeekTable.size(fromFooter: Array(tail.suffix(SeekTable.footerSize))), size <= object.size
        else { throw damagedTable(hint) }
        let table =
            size <= Int64(tail.count)
            ? Array(tail.suffix(Int(size))) : try await bytes((object.size - size)..<object.size)
        guard let read = SeekTable(table), (read.frames.last.map { $0.offset + $0.size } ?? 0) + size == object.size
        else { throw damagedTable(hint) }
        return read
    }

    /// An object whose bytes are not those that were written.
    func damaged(_ reason: String, hint: String? = nil) -> NightjarError {
        NightjarError(
            .difference, "\(object.key) is damaged: \(reason)",
            hint: hint ?? "See all of it with: nightjar verify \(id). Older backups: nightjar list \(database)")
    }

    private func damagedTable(_ hint: String?) -> NightjarError {
        damaged("the seek table at its end makes no sense", hint: hint)
    }

    private func differs(_ there: ObjectInfo) -> NightjarError {
        damaged("it has \(there.size) bytes instead of \(object.size)")
    }
}
