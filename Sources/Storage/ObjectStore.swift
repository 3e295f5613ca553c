/// Where objects can be read.
package protocol ObjectSource: Sendable {
    /// For people: `s3://bucket/prefix at host`, or a path. Holds no secrets.
    var location: String { get }

    /// What is known of an object, or nil when there is none.
    func head(_ key: String) async throws -> ObjectInfo?

    /// The bytes of an object, or those of `range`, which must lie within it.
    ///
    /// - Throws: `StoreError` with code `missing` when there is no such object.
    func get(_ key: String, range: Range<Int64>?) async throws -> ObjectReader
}

/// A place for objects that are written once and never changed: a bucket or a folder.
///
/// Keys are relative to the store's prefix, separated by slashes: no empty, `.` or `..` component, no leading slash.
/// Every error is a `StoreError`.
package protocol ObjectStore: ObjectSource {
    /// Writes a whole object. Nothing is ever overwritten.
    ///
    /// - Throws: `StoreError` with code `exists` when the key is taken.
    func create(_ key: String, _ part: Part) async throws -> ObjectInfo

    /// Starts an object that is written in parts of `partSize` bytes, but for the last, which may be shorter.
    ///
    /// - Throws: `StoreError` with code `exists` when the key is taken; in a folder with code `busy` while another upload
    ///   of that key is held. What one that nobody holds has left there is removed.
    func beginUpload(_ key: String, partSize: Int64) async throws -> any ObjectUpload

    /// Goes on with an upload that an earlier process began, for the parts that it did not send. `id` is
    /// `ObjectUpload.id`, `partSize` what it was begun with.
    ///
    /// Sends nothing where the store needs no asking; an upload that is gone then shows with the next part or with
    /// `complete`, as a `StoreError` that `mustStartAnew`. Where the earlier process had completed the upload, `complete`
    /// of the same parts succeeds again, and parts are refused like those of one that is gone.
    ///
    /// - Returns: nil where the store knows already that it is gone.
    /// - Throws: `StoreError` with code `busy` where somebody still holds it; only a folder can tell.
    func resumeUpload(_ key: String, id: String, partSize: Int64) async throws -> (any ObjectUpload)?

    /// Uploads of keys that begin with `prefix`, begun by whichever process and neither completed nor aborted, in the
    /// order of their keys. Empty where a server cannot tell.
    func openUploads(prefix: String) async throws -> [OpenUpload]

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
///
/// Ends with `complete`, `abort` or `suspend`. One that is dropped without either is as good as aborted, though S3 keeps
/// its parts; one whose process was killed is as good as suspended.
package protocol ObjectUpload: Sendable {
    /// The store's name for the upload, for `resumeUpload`. No secret.
    var id: String { get }

    /// Sends one part. Parts may go in any order and at the same time; sending a number again replaces that part.
    ///
    /// A part that this returned for is durable: it outlives this process and the machine's power, byte for byte as it was
    /// sent, until the upload is completed, aborted or expired (in a folder after a day without a part, in R2 after seven
    /// days). A checkpoint may count on it. One that this threw for may or may not have arrived: send it again.
    func upload(_ part: Part) async throws -> UploadedPart

    /// Makes the object of all its parts. After a failure it can be tried again, suspended or aborted.
    ///
    /// - Throws: `StoreError` with code `exists` when the key has been taken meanwhile; with `mustStartAnew` when the
    ///   upload or one of its parts is gone.
    func complete(_ parts: [UploadedPart]) async throws -> ObjectInfo

    /// Removes what was sent, but no object; works in a cancelled task too, after a failure, and where nothing is left.
    /// - Returns: Whether nothing is left for certain; false where the store could not be asked.
    @discardableResult
    func abort() async -> Bool

    /// Leaves what was sent where it is, for `resumeUpload`, also in another process; works in a cancelled task too. No
    /// part may be under way, and this object is of no use afterwards.
    func suspend() async
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
