import Glibc

/// What the double stores, and R2's rules for changing it. A value: the server keeps it behind a lock.
struct R2Bucket: Sendable {
    struct Object: Sendable {
        var bytes: [UInt8]
        /// Without quotation marks.
        var etag: String
        var modified: time_t
        var contentType: String
    }

    struct Upload: Sendable {
        struct Part: Sendable {
            let bytes: [UInt8]
            let md5: [UInt8]
        }

        let key: String
        let initiated: time_t
        let contentType: String
        var parts: [Int: Part] = [:]
    }

    let name: String
    /// Bytes that every part but the last must have at least; 5 MiB at R2.
    let minimumPartSize: Int
    var objects: [String: Object] = [:]
    var uploads: [String: Upload] = [:]
    /// A bucket lock: objects can be neither deleted nor overwritten.
    var isLocked = false
    /// Keys whose object a request has replaced.
    var overwritten: [String] = []
    private var nextUpload = 1

    init(name: String, minimumPartSize: Int) {
        self.name = name
        self.minimumPartSize = minimumPartSize
    }

    /// Stores an object as if it had always been there.
    mutating func put(_ key: String, _ bytes: [UInt8]) {
        let etag = R2Digest.hex(R2Digest.md5(bytes))
        objects[key] = Object(bytes: bytes, etag: etag, modified: time(nil), contentType: "application/octet-stream")
    }

    /// Carries out a request whose signature has been checked; `md5` is of its body.
    mutating func perform(_ request: R2Request, body: [UInt8], md5: [UInt8]) -> R2Response {
        guard request.bucket == name else {
            return .error(404, "NoSuchBucket", "The specified bucket does not exist.")
        }
        guard (request.key ?? "").utf8.count <= 1024 else {
            return .error(400, "KeyTooLongError", "Your key is too long.")
        }
        let key = request.key ?? ""
        switch request.operation {
        case .headBucket: return R2Response(status: 200, headLength: 0)
        case .headObject, .getObject: return read(key, request)
        case .putObject: return putObject(key, request, body: body, md5: md5)
        case .delete: return delete(key)
        case .createUpload: return createUpload(key, request)
        case .uploadPart: return uploadPart(key, request, body: body, md5: md5)
        case .completeUpload: return completeUpload(key, request, body: body)
        case .abort: return abort(key, request)
        case .list: return list(request)
        case .listUploads: return listUploads(request)
        case .listParts: return listParts(key, request)
        case .unknown: return .error(501, "NotImplemented", "\(request.method) is not implemented here.")
        }
    }

    // MARK: One object

    private func read(_ key: String, _ request: R2Request) -> R2Response {
        guard let object = objects[key] else {
            return .error(404, "NoSuchKey", "The specified key does not exist.")
        }
        if let wanted = request.header("if-match"), wanted != "*", unquoted(wanted) != object.etag {
            return .error(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold.")
        }
        var response = R2Response(
            status: 200,
            fields: [
                (name: "ETag", value: "\"\(object.etag)\""),
                (name: "Last-Modified", value: UTCText.http(object.modified)),
                (name: "Accept-Ranges", value: "bytes"),
                (name: "Content-Type", value: object.contentType),
            ])
        let total = object.bytes.count
        var range = 0..<total
        if let text = request.header("range"), let wanted = Self.parseRange(text, total: total) {
            guard !wanted.isEmpty else {
                return .error(
                    416, "InvalidRange", "The requested range is not satisfiable",
                    fields: [(name: "Content-Range", value: "bytes */\(total)")])
            }
            range = wanted
            response.status = 206
            let content = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(total)"
            response.fields.append((name: "Content-Range", value: content))
        }
        if request.operation == .headObject {
            response.headLength = range.count
        } else {
            response.body = range.count == total ? object.bytes : Array(object.bytes[range])
        }
        return response
    }

    private mutating func putObject(_ key: String, _ request: R2Request, body: [UInt8], md5: [UInt8]) -> R2Response {
        if let condition = request.header("if-none-match") {
            guard condition == "*" else {
                return .error(501, "NotImplemented", "If-None-Match takes only * when writing.")
            }
            guard objects[key] == nil else {
                return .error(
                    412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold.")
            }
        }
        if let refusal = refusalToReplace(key) { return refusal }
        let type = request.header("content-type") ?? "application/octet-stream"
        store(Object(bytes: body, etag: R2Digest.hex(md5), modified: time(nil), contentType: type), under: key)
        return R2Response(status: 200, fields: [(name: "ETag", value: "\"\(R2Digest.hex(md5))\"")])
    }

    private mutating func delete(_ key: String) -> R2Response {
        if let refusal = refusalToReplace(key) { return refusal }
        objects[key] = nil
        return R2Response(status: 204)
    }

    private func refusalToReplace(_ key: String) -> R2Response? {
        guard isLocked, objects[key] != nil else { return nil }
        return .error(403, "ObjectLockedByBucketPolicy", "The object is locked by the bucket policy.")
    }

    private mutating func store(_ object: Object, under key: String) {
        if objects[key] != nil { overwritten.append(key) }
        objects[key] = object
    }

    // MARK: Multipart uploads

    /// Begins an upload; returns its id.
    mutating func beginUpload(
        _ key: String, at time: time_t, contentType: String = "application/octet-stream"
    ) -> String {
        let id = "upload-\(nextUpload)-of-\(name)"
        nextUpload += 1
        uploads[id] = Upload(key: key, initiated: time, contentType: contentType)
        return id
    }

    private mutating func createUpload(_ key: String, _ request: R2Request) -> R2Response {
        let type = request.header("content-type") ?? "application/octet-stream"
        let id = beginUpload(key, at: time(nil), contentType: type)
        return .xml(
            """
            <InitiateMultipartUploadResult><Bucket>\(name)</Bucket><Key>\(R2Response.escape(key))</Key>\
            <UploadId>\(id)</UploadId></InitiateMultipartUploadResult>
            """)
    }

    private mutating func uploadPart(_ key: String, _ request: R2Request, body: [UInt8], md5: [UInt8]) -> R2Response {
        guard let id = request.query["uploadId"], let upload = uploads[id], upload.key == key else {
            return Self.noSuchUpload
        }
        guard let number = request.query["partNumber"].flatMap({ Int($0) }), (1...10_000).contains(number) else {
            return .error(
                400, "InvalidArgument", "Part number must be an integer between 1 and 10000, inclusive.")
        }
        uploads[id]?.parts[number] = Upload.Part(bytes: body, md5: md5)
        return R2Response(status: 200, fields: [(name: "ETag", value: "\"\(R2Digest.hex(md5))\"")])
    }

    private mutating func completeUpload(_ key: String, _ request: R2Request, body: [UInt8]) -> R2Response {
        guard let id = request.query["uploadId"], let upload = uploads[id], upload.key == key else {
            return Self.noSuchUpload
        }
        guard let listed = R2CompleteRequest.parts(in: body), !listed.isEmpty else {
            return .error(
                400, "MalformedXML", "The XML you provided was not well formed or did not validate.")
        }
        guard zip(listed, listed.dropFirst()).allSatisfy({ $0.number < $1.number }) else {
            return .error(
                400, "InvalidPartOrder", "The list of parts was not in ascending order.")
        }
        var parts: [Upload.Part] = []
        for entry in listed {
            guard let part = upload.parts[entry.number], R2Digest.hex(part.md5) == unquoted(entry.etag) else {
                return .error(400, "InvalidPart", "One or more of the specified parts could not be found.")
            }
            parts.append(part)
        }
        let size = parts[0].bytes.count
        guard parts.dropLast().allSatisfy({ $0.bytes.count >= minimumPartSize }) else {
            return .error(
                400, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed object size.")
        }
        guard parts.dropLast().allSatisfy({ $0.bytes.count == size }), parts[parts.count - 1].bytes.count <= size else {
            return .error(400, "InvalidPart", "All non-trailing parts must have the same length.")
        }
        if let refusal = refusalToReplace(key) { return refusal }

        let etag = "\(R2Digest.hex(R2Digest.md5(parts.flatMap(\.md5))))-\(parts.count)"
        var bytes: [UInt8] = []
        bytes.reserveCapacity(size * parts.count)
        for part in parts { bytes.append(contentsOf: part.bytes) }
        store(Object(bytes: bytes, etag: etag, modified: time(nil), contentType: upload.contentType), under: key)
        uploads[id] = nil
        return .xml(
            """
            <CompleteMultipartUploadResult><Bucket>\(name)</Bucket><Key>\(R2Response.escape(key))</Key>\
            <ETag>&quot;\(etag)&quot;</ETag></CompleteMultipartUploadResult>
            """)
    }

    private mutating func abort(_ key: String, _ request: R2Request) -> R2Response {
        guard let id = request.query["uploadId"], uploads[id]?.key == key else { return Self.noSuchUpload }
        uploads[id] = nil
        return R2Response(status: 204)
    }

    static let noSuchUpload = R2Response.error(
        404, "NoSuchUpload", "The specified multipart upload does not exist.")

    /// A Range field's bytes: empty when none of them exist, `nil` when the field is to be ignored (RFC 9110, 14.2).
    static func parseRange(_ text: String, total: Int) -> Range<Int>? {
        guard text.hasPrefix("bytes="), !text.contains(",") else { return nil }
        let halves = text.dropFirst(6).split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        guard halves.count == 2 else { return nil }
        if halves[0].isEmpty {
            guard let count = Int(halves[1]) else { return nil }
            return max(0, total - count)..<total
        }
        guard let first = Int(halves[0]), first >= 0 else { return nil }
        guard first < total else { return 0..<0 }
        if halves[1].isEmpty { return first..<total }
        guard let last = Int(halves[1]), last >= first else { return nil }
        return first..<(min(last, total - 1) + 1)
    }
}

private func unquoted(_ etag: String) -> String {
    etag.hasPrefix("\"") && etag.hasSuffix("\"") && etag.count >= 2 ? String(etag.dropFirst().dropLast()) : etag
}
