//! Static ELF images into guest memory; the System V entry contract.
