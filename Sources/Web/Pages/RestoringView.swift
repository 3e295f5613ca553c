import Appliance
import Catalog
import Model

/// How to get a backup back: what to download, and the commands to type.
struct RestoringView {
    let download: DownloadView?
    /// With Nightjar.
    let restore: String
    /// Without it; nil for dumps of rows, of which no shell makes a database, and where nobody knows the file's name.
    let plain: String?
    /// What is to be done besides.
    let plainNote: String?
    /// What the files of a dump of rows are; nil for SQL.
    let filesNote: String?
    /// Whether the manifest's notes say what such a dump does not carry.
    let leavesOut: Bool
    /// Into a database of Cloudflare D1; nil where it comes from elsewhere.
    let forD1: String?
    /// Fetches the stored file, or a dump of rows as it is downloaded; nil where nobody knows the appliance's address.
    let fetch: String?

    struct DownloadView {
        let dumpPath: String
        let dumpWords: String
        let dumpSize: String
        let storedFile: StoredFile?
    }

    struct StoredFile {
        let storedPath: String
        let storedSize: String
        let storedName: String
    }

    init(_ detail: BackupDetail, baseURL: String?, mayDownload: Bool) {
        let id = detail.record.id.description
        let target = "\(detail.record.database)-restored.db"
        // What nothing here opens, whoever restores it has to.
        let identity = detail.failure?.code == .encrypted ? " --identity FILE" : ""
        restore = "nightjar restore \(id) --to \(target)\(identity)"
        guard let manifest = detail.manifest else {
            download = nil
            plain = nil
            plainNote = nil
            filesNote = nil
            leavesOut = false
            forD1 = nil
            fetch = nil
            return
        }
        let format = manifest.options.format
        let path = PathText.download(ofBackup: id)
        let rawPath = "\(path)?raw=1"
        let stored = Self.storedFile(manifest, rawPath)
        download =
            mayDownload
            ? DownloadView(
                dumpPath: path, dumpWords: Self.words(format, isArchive: stored == nil),
                dumpSize: SizeText.format(manifest.dumpBytes), storedFile: stored) : nil
        plain =
            format.canHoldSchema
            ? stored.map { Self.importCommand(manifest, file: $0.storedName, target: target) } : nil
        plainNote =
            manifest.foreignCollations.isEmpty
            ? nil
            : "Its schema uses collations of the application (\(manifest.foreignCollations.joined(separator: ", "))):"
                + " afterwards run REINDEX in the application."
        filesNote = format.filesWords
        leavesOut = !format.canHoldSchema && !manifest.notes.isEmpty
        forD1 =
            manifest.source.service == .d1 && format == .sql
            ? """
            nightjar download \(id) --for-d1 --output \(detail.record.database)-d1.sql
            npx wrangler d1 execute DATABASE --remote --file \(detail.record.database)-d1.sql
            """ : nil
        let name = "\(id).\(format.fileExtension)\(stored == nil ? ".zip" : "")"
        let file = format.canHoldSchema ? stored?.storedName : name
        let fetched = format.canHoldSchema ? rawPath : path
        fetch = baseURL.flatMap { base in file.map { Self.fetchCommand("\(base)\(fetched)", as: $0) } }
    }

    /// nil where there are several, which come as an archive.
    private static func storedFile(_ manifest: Manifest, _ path: String) -> StoredFile? {
        guard let object = manifest.objects.first, manifest.objects.count == 1 else { return nil }
        let name = object.key.split(separator: "/").last.map { String($0) } ?? object.key
        return StoredFile(storedPath: path, storedSize: SizeText.format(object.size), storedName: name)
    }

    private static func words(_ format: DumpFormat, isArchive: Bool) -> String {
        isArchive ? "All tables as \(format.words), in a ZIP archive" : "The dump as \(format.words)"
    }

    /// Makes a database of a file of SQL.
    private static func importCommand(_ manifest: Manifest, file: String, target: String) -> String {
        let hasVirtualTables = manifest.schema.contains { entry in
            entry.type == "table" && entry.sql.hasPrefixIgnoringCase("CREATE VIRTUAL TABLE")
        }
        // A shell in defensive mode, as some builds are, refuses a dump with virtual tables.
        let shell = hasVirtualTables ? "sqlite3 -bail -cmd '.dbconfig defensive off'" : "sqlite3 -bail"
        let name = quoted(file)
        return switch manifest.options.compression {
        case "zstd": "zstd -d < \(name) | \(shell) \(target)"
        case "gzip": "gzip -d < \(name) | \(shell) \(target)"
        default: "\(shell) \(target) < \(name)"
        }
    }

    private static func fetchCommand(_ address: String, as file: String) -> String {
        """
        curl -f -o \(quoted(file)) \\
            -H "Authorization: Bearer $NIGHTJAR_TOKEN" \\
            \(quoted(address))
        """
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
        <ul class="downloads"><li><a href="{{dumpPath}}" download>{{dumpWords}}</a> <span class="quiet">{{dumpSize}}</span>\
        </li>{{#storedFile}}<li><a href="{{storedPath}}" download="{{storedName}}">The file as it is stored</a> \
        <span class="quiet">{{storedSize}}</span></li>{{/storedFile}}</ul>
        {{/download}}
        <p>With Nightjar, on any machine that has its configuration; the file is compared with the manifest before it gets its \
        name:</p>
        <pre tabindex="0" aria-label="Command with Nightjar"><code>{{restore}}</code></pre>
        {{#plain}}
        <p>Without Nightjar, from the stored file:</p>
        <pre tabindex="0" aria-label="Command without Nightjar"><code>{{#fetch}}{{.}}
        {{/fetch}}{{plain}}</code></pre>
        {{/plain}}
        {{#filesNote}}
        <p>For other programs: {{.}}</p>
        {{#fetch}}
        <pre tabindex="0" aria-label="Command without Nightjar"><code>{{.}}</code></pre>
        {{/fetch}}
        <p>This format holds rows alone; the schema is in the manifest.{{#leavesOut}} \
        <a href="#notes">What it does not carry</a> is said below.{{/leavesOut}}</p>
        {{/filesNote}}
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
