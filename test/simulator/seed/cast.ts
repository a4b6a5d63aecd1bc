import type { PictureKind } from '../images/picture.ts'
import type { Random } from '../random.ts'

/** What one item is, before it has a name or a price. */
export interface Role {
  itemType: 'inventory' | 'sales' | 'sales_and_purchases' | 'purchases'
  service: boolean
  active: boolean
  inStock: boolean
  sku: boolean
  arabicName: boolean
  customName: boolean
  customDescription: boolean
  description: boolean
  brand: boolean
  category: boolean
  blankReorder: boolean
  free: boolean
  costAbovePrice: boolean
  picture?: PictureKind
}

/** Deals out the numbers of the real organisation, scaled to `count` items. */
export function castItems(random: Random, count: number): Role[] {
  const share = (of: number) => Math.round((of * count) / 2221)
  const roles = Array.from({ length: count }, plainRole)
  const give = (among: Role[], many: number, change: (role: Role, index: number) => void) =>
    random.sample(among, many).forEach(change)

  give(roles, share(1319), (role) => (role.active = true))
  give(roles, share(73), (role, index) => Object.assign(role, untracked(index, share)))
  const tracked = roles.filter(({ itemType }) => itemType === 'inventory')
  give(tracked.filter(isActive), share(478), (role) => (role.inStock = true))
  // Untracked items have a blank level too: 530 in all.
  give(tracked, share(530) - (count - tracked.length), (role) => (role.blankReorder = true))
  give(
    roles.filter((role) => !role.service),
    share(16),
    (role) => (role.arabicName = true),
  )
  give(roles, share(449), (role) => (role.sku = true))
  give(roles, share(240), (role) => (role.customName = true))
  give(roles, share(60), (role) => (role.customDescription = true))
  give(roles, share(19), (role) => (role.description = true))
  give(roles, share(50), (role) => (role.brand = true))
  give(roles, share(460), (role) => (role.category = true))
  give(roles, share(548), (role) => (role.free = true))
  give(
    roles.filter(({ free }) => free),
    share(505),
    (role) => (role.costAbovePrice = true),
  )
  give(roles.filter(isActive), share(960), (role, index) => (role.picture = activePicture(index)))
  give(
    roles.filter((role) => !role.active),
    share(657),
    (role, index) => (role.picture = ordinaryPicture(index)),
  )
  return roles
}

const isActive = (role: Role) => role.active

// The odd pictures are among the active items, where a coverage figure shows them.
const oddPictures: PictureKind[] = [
  'svg-as-png',
  'html-as-jpeg',
  ...(['truncated', 'truncated', 'truncated'] as const),
  ...(['large-jpeg', 'large-png', 'large-png'] as const),
  ...(['webp', 'webp', 'gif', 'gif'] as const),
]
const activePicture = (index: number): PictureKind => oddPictures[index] ?? ordinaryPicture(index)
const ordinaryPicture = (index: number): PictureKind => (index % 74 === 73 ? 'png' : 'jpeg')

function untracked(index: number, share: (of: number) => number): Partial<Role> {
  const itemType = index < share(53) ? 'sales' : index < share(71) ? 'sales_and_purchases' : 'purchases'
  return { itemType, service: index < share(7), blankReorder: true }
}

function plainRole(): Role {
  return {
    itemType: 'inventory',
    service: false,
    active: false,
    inStock: false,
    sku: false,
    arabicName: false,
    customName: false,
    customDescription: false,
    description: false,
    brand: false,
    category: false,
    blankReorder: false,
    free: false,
    costAbovePrice: false,
  }
}
