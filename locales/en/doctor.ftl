# What huizhi doctor finds.
doctor-data = Data folder: { $value }
doctor-data-new = Data folder: { $value } is made at the first start
doctor-data-open = Data folder: everybody on this machine can look into { $value }; run chmod o-rwx on it
doctor-data-wrong = Data folder: { $value }; make it writable for the service's user
doctor-keys = Keys: { $value }
doctor-keys-new = Keys: drawn at the first start into { $value }; back them up apart from the data
doctor-keys-gone = Keys: there are data, and { $value } has no keys to them; give --keys the folder that they were made with
doctor-keys-open = Keys: others can read { $value }; run chmod 600 on it, and draw new ones if somebody did
doctor-keys-wrong = Keys: { $value }; restore the file from your backup
doctor-database = Database: well, tables of version { $value }
doctor-database-new = Database: made at the first start
doctor-database-older = Database: well; the next start brings its tables to version { $value }
doctor-database-clear = Database: well, tables of version { $value }; the connection is not encrypted, add ?sslmode=verify-full unless it is on this machine
doctor-database-newer = Database: its tables have version { $value }, newer than this program; install the newer one
doctor-database-broken = Database: the file is damaged ({ $value }); restore it from your backup
doctor-database-wrong = Database: { $value }; see to its address, its user and whether it runs
doctor-files = Sealed photos: written, read and deleted
doctor-files-wrong = Sealed photos: { $value }; see to the folder's rights or the bucket's keys
doctor-fonts = Fonts: { $value }, the first travels with the program
doctor-fonts-wrong = Fonts: { $value }; install the program again
doctor-sandbox = Sandbox for photos: { $value }
doctor-sandbox-wrong = Sandbox for photos: { $value }; use a kernel that has both, or give --insecure-no-sandbox and know the risk
doctor-clock = Clock: not before the newest data
doctor-clock-wrong = Clock: it is before the newest data; set it, and keep it by NTP
doctor-handles = Open files: up to { $value }
doctor-handles-wrong = Open files: { $value } are too few; set LimitNOFILE=8192 in the service's unit
doctor-room = Disk: { $value } GiB free
doctor-room-wrong = Disk: only { $value } GiB free, and 1 is wanted; make room
doctor-room-unknown = Disk: { $value }
doctor-mail = Mail server: { $value } answers
doctor-mail-wrong = Mail server: { $value }; see to --smtp and the network
doctor-peer = Peer { $value }
doctor-peer-wrong = Peer { $value }; see to the network, the address, the clocks and the keys, and take waiting photos back with huizhi centre take-back
doctor-faces = Faces: photos or templates of { $value } people are kept
doctor-faces-near = Faces: { $value } people, near 100,000; from there on a filing with the provincial cyberspace department is due within 30 working days: prepare it
doctor-faces-due = Faces: { $value } people, at least 100,000: file with the provincial cyberspace department within 30 working days
