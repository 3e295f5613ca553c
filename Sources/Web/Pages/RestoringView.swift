import Appliance
import Catalog
import Model

/// How to get a backup back: what to download, and the commands to type.
struct RestoringView {
    let download: DownloadView?
    /// With Nightjar.
    let restore: String
    /// Without it; nil where nobody knows what its file is called.
    let plain: String?
    /// What `plain` needs besides.
    let plainNote: String?
    /// Into a database of Cloudflare D1; nil where it comes from elsewhere.
    let forD1: String?
    /// Fetches the stored file; nil where nobody knows the appliance's address.
    let fetch: String?

    struct DownloadView {
        let dumpPath: String
        let dumpSize: String
        let storedPath: String
        let storedSize: String
        let storedName: String
    }

    init(_ detail: BackupDetail, baseURL: String?, mayDownload: Bool) {
        let id = detail.record.id.description
        let target = "\(detail.record.database)-restored.db"
        restore = "nightjar restore \(id) --to \(target)"
        let path = "/api/v1/backups/\(id)/download"
        guard let manifest = detail.manifest, let object = manifest.objects.first else {
            download = nil
            plain = nil
            plainNote = nil
            forD1 = nil
            fetch = nil
            return
        }
        let file = object.key.split(separator: "/").last.map { String($0) } ?? object.key
        download =
            mayDownload
            ? DownloadView(
                dumpPath: path, dumpSize: SizeText.format(object.uncompressedSize), storedPath: "\(path)?raw=1",
                storedSize: SizeText.format(object.size), storedName: file) : nil
        let hasVirtualTables = manifest.schema.contains { entry in
            entry.type == "table" && entry.sql.hasPrefixIgnoringCase("CREATE VIRTUAL TABLE")
        }
        // A shell in defensive mode, as some builds are, refuses a dump with virtual tables.
        let shell = hasVirtualTables ? "sqlite3 -bail -cmd '.dbconfig defensive off'" : "sqlite3 -bail"
        let name = Self.quoted(file)
        plain =
            switch manifest.options.compression {
            case "zstd": "zstd -d < \(name) | \(shell) \(target)"
            case "gzip": "gzip -d < \(name) | \(shell) \(target)"
            default: "\(shell) \(target) < \(name)"
            }
        plainNote =
            manifest.foreignCollations.isEmpty
            ? nil
            : "Its schema uses collations of the application (\(manifest.foreignCollations.joined(separator: ", "))):"
                + " afterwards run REINDEX in the application."
        forD1 =
            manifest.source.service == .d1
            ? """
            nightjar download \(id) --for-d1 --output \(detail.record.database)-d1.sql
            npx wrangler d1 execute DATABASE --remote --file \(detail.record.database)-d1.sql
            """ : nil
        fetch = baseURL.map { base in
            let address = Self.quoted("\(base)\(path)?raw=1")
            return """
                curl -f -o \(name) \\
                    -H "Authorization: Bearer $NIGHTJAR_TOKEN" \\
                    \(address)
                """
        }
    }

    /// As one word of a shell's command.
    private static func quoted(_ name: String) -> String {
        let isPlain = name.utf8.allSatisfy { byte in
            switch byte {
            case 0x2B, 0x2D...0x2E, 0x30...0x39, 0x41...0x5A, 0x5F, 0x61...0x7A: true
            default: false
            }
        }
        if isPlain && !name.hasPrefix("-") { return name }
        return "'" + name.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }

    /// `restoring`
    static let template = """
        <section>
        <h2 id="restoring-title">Get it back</h2>
        {{#download}}
        <ul class="downloads"><li><a href="{{dumpPath}}" download>The dump as SQL</a> <span class="quiet">{{dumpSize}}</span>\
        </li><li><a href="{{storedPath}}" download="{{storedName}}">The file as it is stored</a> \
        <span class="quiet">{{storedSize}}</span></li></ul>
        {{/download}}
        <p>With Nightjar, on any machine that has its configuration; the file is compared with the manifest before it gets its \
        name:</p>
        <pre tabindex="0" aria-label="Command with Nightjar"><code>{{restore}}</code></pre>
        {{#plain}}
        <p>Without Nightjar, from the stored file:</p>
        <pre tabindex="0" aria-label="Command without Nightjar"><code>{{#fetch}}{{.}}
        {{/fetch}}{{plain}}</code></pre>
        {{/plain}}
        {{#plainNote}}
        <p>{{.}}</p>
        {{/plainNote}}
        {{#forD1}}
        <p>Into an empty database of Cloudflare D1:</p>
        <pre tabindex="0" aria-label="Commands for Cloudflare D1"><code>{{.}}</code></pre>
        {{/forD1}}
        </section>
        """
}
