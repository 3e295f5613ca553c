import Foundation
import Glibc

/// Listings of the bucket, after
/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html and API_ListMultipartUploads.html.
extension R2Bucket {
    func list(_ request: R2Request) -> R2Response {
        guard let limit = Self.limit(request.query["max-keys"]) else {
            return .error(400, "InvalidArgument", "max-keys must be an integer between 0 and 1000.")
        }
        let prefix = request.query["prefix"] ?? ""
        let delimiter = request.query["delimiter"] ?? ""
        var after = request.query["start-after"] ?? ""
        if let token = request.query["continuation-token"] {
            guard let data = Data(base64Encoded: token), let key = String(data: data, encoding: .utf8) else {
                return .error(400, "InvalidArgument", "The continuation token provided is incorrect.")
            }
            after = key
        }
        let encode = request.query["encoding-type"] == "url"
        func text(_ key: String) -> String {
            R2Response.escape(encode ? PercentText.encode(key, keeping: "/") : key)
        }

        var contents = ""
        var groups: [String] = []
        var count = 0
        var last = ""
        var isTruncated = false
        for key in sortedKeys(objects.keys, prefix: prefix) where after.utf8.lexicographicallyPrecedes(key.utf8) {
            let group = Self.group(of: key, prefix: prefix, delimiter: delimiter)
            if let group, groups.last == group || after.hasPrefix(group) {
                last = key
                continue
            }
            guard count < limit else {
                isTruncated = true
                break
            }
            count += 1
            last = key
            if let group {
                groups.append(group)
            } else if let object = objects[key] {
                contents += """
                    <Contents><Key>\(text(key))</Key><LastModified>\(UTCText.iso(object.modified))</LastModified>\
                    <ETag>&quot;\(object.etag)&quot;</ETag><Size>\(object.bytes.count)</Size>\
                    <StorageClass>STANDARD</StorageClass></Contents>
                    """
            }
        }
        var head = "<Name>\(name)</Name><Prefix>\(text(prefix))</Prefix><MaxKeys>\(limit)</MaxKeys>"
        head += "<KeyCount>\(count)</KeyCount><IsTruncated>\(isTruncated)</IsTruncated>"
        if encode { head += "<EncodingType>url</EncodingType>" }
        if !delimiter.isEmpty { head += "<Delimiter>\(text(delimiter))</Delimiter>" }
        if isTruncated {
            head += "<NextContinuationToken>\(Data(last.utf8).base64EncodedString())</NextContinuationToken>"
        }
        let tail = groups.map { "<CommonPrefixes><Prefix>\(text($0))</Prefix></CommonPrefixes>" }.joined()
        return .xml(
            """
            <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">\
            \(head)\(contents)\(tail)</ListBucketResult>
            """)
    }

    func listUploads(_ request: R2Request) -> R2Response {
        guard let limit = Self.limit(request.query["max-uploads"]) else {
            return .error(400, "InvalidArgument", "max-uploads must be an integer between 0 and 1000.")
        }
        let prefix = request.query["prefix"] ?? ""
        let afterKey = request.query["key-marker"] ?? ""
        let afterID = request.query["upload-id-marker"] ?? ""
        let found =
            uploads
            .map { (key: $0.value.key, id: $0.key, initiated: $0.value.initiated) }
            .filter { upload in
                guard upload.key.utf8.starts(with: prefix.utf8) else { return false }
                if upload.key == afterKey { return !afterID.isEmpty && afterID < upload.id }
                return afterKey.utf8.lexicographicallyPrecedes(upload.key.utf8)
            }
            .sorted { first, second in
                if first.key == second.key { return first.id < second.id }
                return first.key.utf8.lexicographicallyPrecedes(second.key.utf8)
            }
        let page = found.prefix(limit)
        let encode = request.query["encoding-type"] == "url"
        func text(_ key: String) -> String {
            R2Response.escape(encode ? PercentText.encode(key, keeping: "/") : key)
        }
        var content = "<Bucket>\(name)</Bucket><KeyMarker>\(text(afterKey))</KeyMarker>"
        content += "<UploadIdMarker>\(R2Response.escape(afterID))</UploadIdMarker>"
        content += "<Prefix>\(text(prefix))</Prefix><MaxUploads>\(limit)</MaxUploads>"
        if encode { content += "<EncodingType>url</EncodingType>" }
        content += "<IsTruncated>\(page.count < found.count)</IsTruncated>"
        if page.count < found.count, let last = page.last {
            content += "<NextKeyMarker>\(text(last.key))</NextKeyMarker>"
            content += "<NextUploadIdMarker>\(last.id)</NextUploadIdMarker>"
        }
        for upload in page {
            content += """
                <Upload><Key>\(text(upload.key))</Key><UploadId>\(upload.id)</UploadId>\
                <Initiated>\(UTCText.iso(upload.initiated))</Initiated></Upload>
                """
        }
        return .xml("<ListMultipartUploadsResult>\(content)</ListMultipartUploadsResult>")
    }

    func listParts(_ key: String, _ request: R2Request) -> R2Response {
        guard let id = request.query["uploadId"], let upload = uploads[id], upload.key == key else {
            return Self.noSuchUpload
        }
        var content = "<Bucket>\(name)</Bucket><Key>\(R2Response.escape(key))</Key><UploadId>\(id)</UploadId>"
        content += "<IsTruncated>false</IsTruncated>"
        for (number, part) in upload.parts.sorted(by: { $0.key < $1.key }) {
            content += """
                <Part><PartNumber>\(number)</PartNumber><ETag>&quot;\(R2Digest.hex(part.md5))&quot;</ETag>\
                <Size>\(part.bytes.count)</Size></Part>
                """
        }
        return .xml("<ListPartsResult>\(content)</ListPartsResult>")
    }

    private func sortedKeys(_ keys: some Sequence<String>, prefix: String) -> [String] {
        keys.filter { $0.utf8.starts(with: prefix.utf8) }
            .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    private static func limit(_ text: String?) -> Int? {
        guard let text else { return 1000 }
        guard let value = Int(text), value >= 0 else { return nil }
        return min(value, 1000)
    }

    /// The common prefix that stands for `key`, when it has the delimiter after the prefix.
    private static func group(of key: String, prefix: String, delimiter: String) -> String? {
        guard !delimiter.isEmpty else { return nil }
        let rest = key.dropFirst(prefix.count)
        guard let end = rest.range(of: delimiter) else { return nil }
        return prefix + rest[..<end.upperBound]
    }
}

/// The body of CompleteMultipartUpload.
enum R2CompleteRequest {
    /// The parts in the order listed; `nil` when the document is not what it should be.
    static func parts(in body: [UInt8]) -> [(number: Int, etag: String)]? {
        let text = String(decoding: body, as: UTF8.self)
        guard text.contains("<CompleteMultipartUpload"), text.contains("</CompleteMultipartUpload>") else { return nil }
        var parts: [(number: Int, etag: String)] = []
        for piece in text.components(separatedBy: "<Part>").dropFirst() {
            guard piece.contains("</Part>"), let number = element("PartNumber", in: piece).flatMap({ Int($0) }),
                let etag = element("ETag", in: piece)
            else { return nil }
            let unescaped = etag.replacingOccurrences(of: "&quot;", with: "\"")
                .replacingOccurrences(of: "&#34;", with: "\"")
            parts.append((number: number, etag: unescaped))
        }
        return parts
    }

    private static func element(_ name: String, in text: String) -> String? {
        guard let start = text.range(of: "<\(name)>"), let end = text.range(of: "</\(name)>"),
            start.upperBound <= end.lowerBound
        else { return nil }
        return text[start.upperBound..<end.lowerBound].trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
