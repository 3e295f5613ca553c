/// A place for objects that are written once and never changed: a bucket or a folder.
///
/// Keys are relative to the store's prefix, separated by slashes: no empty, `.` or `..` component, no leading slash.
/// Every error is a `StoreError`.
package protocol ObjectStore: Sendable {
    /// For people: `s3://bucket/prefix at host`, or a path. Holds no secrets.
    var location: String { get }

    /// What is known of an object, or nil when there is none.
    func head(_ key: String) async throws -> ObjectInfo?

    /// The bytes of an object, or those of `range`, which must lie within it.
    ///
    /// - Throws: `StoreError` with code `missing` when there is no such object.
    func get(_ key: String, range: Range<Int64>?) async throws -> ObjectReader

    /// Writes a whole object. Nothing is ever overwritten.
    ///
    /// - Throws: `StoreError` with code `exists` when the key is taken.
    func create(_ key: String, _ part: Part) async throws -> ObjectInfo

    /// Starts an object that is written in parts of `partSize` bytes, but for the last, which may be shorter.
    ///
    /// - Throws: `StoreError` with code `exists` when the key is taken.
    func beginUpload(_ key: String, partSize: Int64) async throws -> any ObjectUpload

    /// Up to about `limit` objects whose keys begin with `prefix`, from `after` on.
    ///
    /// Pages follow each other in the order of the keys' bytes, as S3 has it; a server with another order still gives
    /// every object once, where `after` is what the page before said.
    func list(prefix: String, after: ListPosition?, limit: Int) async throws -> ListPage

    /// Deletes an object; one that is not there is fine.
    func delete(_ key: String) async throws

    /// Ends what is under way and frees threads and connections. The store is of no use afterwards.
    func shutdown() async
}

/// An object on its way into a store. It exists for others from `complete` on, and never if that is not reached.
package protocol ObjectUpload: Sendable {
    /// Sends one part. Parts may go in any order and at the same time; sending a number again replaces that part.
    func upload(_ part: Part) async throws -> UploadedPart

    /// Makes the object of all its parts.
    ///
    /// - Throws: `StoreError` with code `exists` when the key has been taken meanwhile.
    func complete(_ parts: [UploadedPart]) async throws -> ObjectInfo

    /// Removes what was sent; works in a cancelled task too, and after a failure.
    func abort() async
}

/// What a store knows of an object.
package struct ObjectInfo: Sendable, Equatable {
    package let key: String
    /// Bytes.
    package let size: Int64
    /// Without quotes; nil where the store has none.
    package let etag: String?

    package init(key: String, size: Int64, etag: String? = nil) {
        self.key = key
        self.size = size
        self.etag = etag
    }
}

/// Where a list goes on.
package struct ListPosition: Sendable, Equatable {
    /// Behind this key.
    package let key: String
    /// The server's own word for the place, which counts where there is one.
    package let token: String?

    package init(key: String, token: String? = nil) {
        self.key = key
        self.token = token
    }
}

/// Some objects in the order of their keys, and where to go on.
package struct ListPage: Sendable, Equatable {
    package let objects: [ObjectInfo]
    /// Pass as `after` for the next page; nil on the last one.
    package let next: ListPosition?

    package init(objects: [ObjectInfo], next: ListPosition?) {
        self.objects = objects
        self.next = next
    }
}
