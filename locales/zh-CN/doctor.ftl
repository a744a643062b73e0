# huizhi doctor 的检查结果。
doctor-data = 数据目录：{ $value }
doctor-data-new = 数据目录：{ $value }，第一次启动时建立
doctor-data-open = 数据目录：本机所有人都能进入 { $value }，请执行 chmod o-rwx
doctor-data-wrong = 数据目录：{ $value }，请让运行服务的用户可写
doctor-keys = 密钥：{ $value }
doctor-keys-new = 密钥：第一次启动时生成于 { $value }，请与数据分开备份
doctor-keys-gone = 密钥：已有数据，但 { $value } 中没有对应密钥，请用 --keys 指定原来的目录
doctor-keys-open = 密钥：别人可以读取 { $value }，请执行 chmod 600；如已被读取，请更换密钥
doctor-keys-wrong = 密钥：{ $value }，请从备份恢复该文件
doctor-database = 数据库：正常，表版本 { $value }
doctor-database-new = 数据库：第一次启动时建立
doctor-database-older = 数据库：正常，下次启动时把表升级到版本 { $value }
doctor-database-clear = 数据库：正常，表版本 { $value }；连接未加密，除非就在本机，请加上 ?sslmode=verify-full
doctor-database-newer = 数据库：表版本 { $value } 比本程序新，请安装新版程序
doctor-database-broken = 数据库：文件损坏（{ $value }），请从备份恢复
doctor-database-wrong = 数据库：{ $value }，请检查地址、用户和是否在运行
doctor-files = 加密照片：可以写入、读取和删除
doctor-files-wrong = 加密照片：{ $value }，请检查目录权限或存储桶密钥
doctor-fonts = 字体：{ $value } 种，第一种随程序提供
doctor-fonts-wrong = 字体：{ $value }，请重新安装程序
doctor-sandbox = 照片沙箱：{ $value }
doctor-sandbox-wrong = 照片沙箱：{ $value }；请换用两者都有的内核，或在了解风险后加 --insecure-no-sandbox
doctor-clock = 时钟：不早于最新的数据
doctor-clock-wrong = 时钟：早于最新的数据，请校准并启用 NTP
doctor-handles = 可打开文件：最多 { $value } 个
doctor-handles-wrong = 可打开文件：{ $value } 个不够，请在服务单元中设置 LimitNOFILE=8192
doctor-room = 磁盘：剩余 { $value } GiB
doctor-room-wrong = 磁盘：只剩 { $value } GiB，至少要 1 GiB，请清理
doctor-room-unknown = 磁盘：{ $value }
doctor-mail = 邮件服务器：{ $value } 有应答
doctor-mail-wrong = 邮件服务器：{ $value }，请检查 --smtp 和网络
doctor-peer = 对方 { $value }
doctor-peer-wrong = 对方 { $value }，请检查网络、地址、时钟和密钥；照片等着时，可用 huizhi centre take-back 收回
doctor-faces = 人脸：存有 { $value } 人的照片或模板
doctor-faces-near = 人脸：存有 { $value } 人，已近 10 万；达到 10 万后须在 30 个工作日内向省级网信部门备案，请着手准备
doctor-faces-due = 人脸：存有 { $value } 人，已达 10 万，须在 30 个工作日内向省级网信部门备案
