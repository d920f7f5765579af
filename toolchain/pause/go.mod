module aifactory.dev/toolchain/pause

go 1.21
