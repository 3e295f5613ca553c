/// The configuration that `nightjar init` writes and that the package ships as an example.
package enum StarterConfiguration {
    /// Comments and defaults; it loads as it stands, with a store on this machine and no database.
    package static let text = """
        # Nightjar's configuration. `nightjar check` says whether it is right and what will happen.
        #
        # Durations: 250ms 25s 5m 6h 7d. Sizes: 8MiB, 8MB. ${VAR} and ${VAR:-default} stand for variables of the
        # environment; a dollar that is meant is written $$. Inside { } and [ ] a value with ${VAR} or * needs quotes.

        # What the appliance must not lose. Default: $STATE_DIRECTORY as systemd sets it, else this.
        # state_dir: /var/lib/nightjar

        # Where snapshots and restored copies go for a while; may be another disk. Default: scratch in state_dir.
        # scratch_dir: /var/lib/nightjar/scratch

        # More stores, databases and channels of notify.
        # include: ["conf.d/*.yaml"]

        # How many backups may run at once.
        # concurrency: 1

        # How `nightjar serve` writes its log: text for people, json for machines.
        # log: {format: text}

        # The status page and the API for programs, on this machine. There is no encryption: for other machines put a
        # proxy with TLS in front. Where no token is named, one is made at the first start, and the log says where it is.
        # http:
        #   listen: 127.0.0.1:8630              # or unix:/run/nightjar/http.sock, or off
        #   public_url: https://backups.example.org
        #   tokens:
        #     - {name: admin, token: {credential: admin-token}, scope: admin}   # read | export | admin
        #   rate_limit: 6/min                   # export requests a token; or off
        #   export_keep: 1d                     # how long an export that somebody asked for is kept
        #   # trusted_proxies: ["127.0.0.1"]
        #   # callback_hosts: ["ci.internal:8443"]   # private ones that callbacks may go to

        # Whom to tell, and of what. Keys and URLs are better kept as secrets: `nightjar notify test` tries them out.
        # notify:
        #   - webhook: https://hooks.example.org/nightjar   # Standard Webhooks, signed
        #     secret: {credential: hook-secret}   # made with: echo "whsec_$(openssl rand -base64 32)"
        #     events: problems                    # or all, or a list: [backup.failed, "verification.*"]
        #   - healthchecks: "https://hc.example.org/ping/KEY/{database}?create=1"   # one check a database
        #   - email:
        #       server: smtps://mail.example.org  # or smtp://, with STARTTLS
        #       user: backups@example.org
        #       password: {credential: mail-password}
        #       from: Nightjar <backups@example.org>
        #       to: [ops@example.org]
        #     digest: daily 07:00                 # the good news in one message; problems at once
        #   - slack: {credential: slack-url}      # or discord: …, or ntfy: https://ntfy.sh/TOPIC

        # Where backups go. A copy on this machine alone does not survive it: use a bucket for what matters.
        stores:
          local:
            type: directory
            path: /var/lib/nightjar/backups

          # r2:
          #   type: r2                        # r2 | s3 | directory
          #   account_id: 0123456789abcdef0123456789abcdef
          #   # jurisdiction: eu              # eu | fedramp, if the bucket has one
          #   bucket: nightly
          #   prefix: web-1                   # each appliance needs its own
          #   access_key_id: ${R2_ACCESS_KEY_ID}
          #   secret_access_key: {credential: r2-secret}   # /etc/nightjar/secrets/r2-secret, mode 0600
          #   # part_size: 8MiB
          #   # upload_concurrency: 2
          #   # upload_rate: 10MiB/s          # no limit by default

          # other:
          #   type: s3
          #   endpoint: https://s3.example.org
          #   bucket: nightly
          #   access_key_id: {env: S3_ACCESS_KEY_ID}
          #   secret_access_key: {file: /etc/nightjar/s3-secret}

        # What holds for every database that does not say otherwise.
        defaults:
          store: local
          schedule: "17 3 * * *"              # for `nightjar serve`: cron, @daily…, "every 6h", or off
          # timezone: Europe/Berlin           # of the schedule; default: this machine's
          # jitter: 5m                        # up to so much later, so that not all start at once; 0s by default
          catch_up: true                      # a time that was missed is made up for with one run
          format: sql                         # sql | csv | json | ndjson
          compression: zstd                   # zstd | gzip | none | {zstd: 9} | {gzip: 6}
          chunk_rows: 1000
          breathing: {work: 25s, pause: 5s}   # work, then leave the machine alone for a while
          snapshot: copy                      # copy | transaction
          snapshot_max_lock: 10s              # how long writers may be held up, if there is no other way
          busy_timeout: 10s
          verify:
            after_backup: restore             # restore | checksum | none
            again_every: 30d                  # from then on each is proved from the store again; or off
            # budget: 10GiB                   # fetched for that in a day, for each database; no limit by default
            # scratch_limit: 50GiB            # what a restored copy may take; by default what the disk has
            # drill: {command: ["/usr/local/bin/check-shop"], timeout: 5m}   # your own check of restored copies
          alarm: {shrink: 50%, overdue: {missed: 1, grace: 2h}}   # half of it gone; one missed time and two hours
          # Everything is kept until you say what is enough. What no rule keeps is then deleted:
          # retention: {keep_last: 7, keep_daily: 14, keep_weekly: 8, keep_monthly: 12}

        # What is backed up: a name of your choice, and the path of the SQLite file, or the service that has it.
        databases:
          # shop:
          #   sqlite: /srv/shop/shop.db
          #   compression: {zstd: 9}
          #   exclude: ["tmp_*"]              # tables that are left out; none by default

          # Each file of a pattern is a database, named by its folder {dir}, its own name {stem}, or both.
          # "{dir}": {sqlite: "/srv/*/app.db"}

          # Databases behind an HTTP API:
          # app: {starbasedb: {url: "https://app.example.workers.dev", token: {credential: app-token}}}
          # edge: {d1: {account_id: ACCOUNT, database_id: ID, token: {credential: d1-token}}}
          # blog: {libsql: {url: "libsql://blog-me.example.turso.io", token: {credential: blog-token}}}

        """
}
